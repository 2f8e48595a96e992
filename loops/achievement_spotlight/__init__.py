"""Achievement Spotlight: a learner shows a new badge, and whoever sees it tries a few questions of its skill."""

from loops.achievement_spotlight.loop import AchievementSpotlight

__all__ = ["AchievementSpotlight"]
