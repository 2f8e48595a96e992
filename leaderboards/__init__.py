"""Leaderboards: standings per subject and week, ranks, and weekly leagues."""
