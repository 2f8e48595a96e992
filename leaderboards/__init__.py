"""Standings and weekly leagues. Issue #4 moves in here."""
