"""Tutor Spotlight: a tutor invites families after a five-star session, at half price, and earns XP for requests."""
