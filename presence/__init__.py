"""Live presence: the socket protocol, the hub and the tracker. Issue #3 moves in here."""
