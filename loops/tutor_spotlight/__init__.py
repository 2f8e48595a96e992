"""Tutor Spotlight: a tutor with five stars invites families; the first lesson is half price, the tutor earns XP."""

from loops.tutor_spotlight.loop import TutorSpotlight

__all__ = ["TutorSpotlight"]
