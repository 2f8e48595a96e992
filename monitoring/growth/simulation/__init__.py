"""A simulated school with a known K, to try the dashboards and to check what they measure."""

from monitoring.growth.simulation.generator import LOOPS, Behavior, SimulatedSchool, generate_school
from monitoring.growth.simulation.rows import write_school

__all__ = ["LOOPS", "Behavior", "SimulatedSchool", "generate_school", "write_school"]
