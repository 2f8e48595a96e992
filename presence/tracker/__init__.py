"""Tracks who is on which topic, across tabs, processes, crashes and restarts."""
