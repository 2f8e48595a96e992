"""Live presence: the socket protocol, the hub, the tracker, and the rooms of subjects and people."""
