"""Scores, streaks, XP, badges, diagnostics and percentiles as pure functions."""
