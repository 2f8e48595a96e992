"""Backups of the whole site: one file, verified by reading it back, encrypted where there is a key."""
