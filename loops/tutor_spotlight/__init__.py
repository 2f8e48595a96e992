"""Tutor Spotlight: a tutor with five stars invites families; the first lesson is half price, the tutor earns XP."""
