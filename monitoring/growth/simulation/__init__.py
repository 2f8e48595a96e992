"""A school that never was, with a K that is known: to try the dashboards, and to see that they find it."""

from monitoring.growth.simulation.rows import write_story
from monitoring.growth.simulation.story import LOOPS, Behavior, Story, tell_story

__all__ = ["LOOPS", "Behavior", "Story", "tell_story", "write_story"]
