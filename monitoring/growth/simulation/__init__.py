"""A simulated school with a known K, to try the dashboards and to check what they measure."""

from monitoring.growth.simulation.rows import write_story
from monitoring.growth.simulation.story import LOOPS, Behavior, Story, tell_story

__all__ = ["LOOPS", "Behavior", "Story", "tell_story", "write_story"]
