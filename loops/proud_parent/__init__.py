"""Proud Parent: a parent shares a week of learning; who joins gets a class pass, the parent AI-tutor minutes."""
