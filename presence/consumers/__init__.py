"""ASGI applications of the two sockets."""
