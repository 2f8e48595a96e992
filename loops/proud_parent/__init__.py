"""Proud Parent: a parent shares a week of learning; new parents get a class pass, the parent AI-tutor minutes."""
