"""Moves messages: the protocol, outlets to clients, and the hub that fans out to them."""
