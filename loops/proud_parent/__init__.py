"""Proud Parent: a parent shares a week of learning; who joins gets a class pass, the parent AI-tutor minutes."""

from loops.proud_parent.loop import ProudParent

__all__ = ["ProudParent"]
