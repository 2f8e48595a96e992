"""Live presence: sockets, live pages, rooms, and the tracker of who is where. docs/realtime.md describes it."""
