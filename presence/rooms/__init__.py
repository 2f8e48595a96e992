"""Rooms of the JSON socket: what a topic means to its members."""
