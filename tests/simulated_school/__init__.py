"""A simulated school with a known K, to try the dashboards and to check what they measure."""

from tests.simulated_school.generator import LOOPS, Behavior, SimulatedSchool, generate_school
from tests.simulated_school.rows import write_school

__all__ = ["LOOPS", "Behavior", "SimulatedSchool", "generate_school", "write_school"]
