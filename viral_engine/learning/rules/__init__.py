"""Scores, streaks, XP and ranks as pure functions."""

from viral_engine.learning.rules.progress import missed_days, next_streak, xp_for
from viral_engine.learning.rules.scoring import clock_face, percentile, score

__all__ = ["clock_face", "missed_days", "next_streak", "percentile", "score", "xp_for"]
