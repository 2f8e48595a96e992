"""Standings kept from every result, and weekly leagues."""
