"""All skills of mathematics: the five that the site began with, then by grade."""

from viral_engine.learning.bank.math import (
    algebra,
    fractions,
    geometry,
    grade_1,
    grade_2,
    grade_3,
    grade_4,
    grade_5,
    grade_6,
    grade_7,
    grade_8,
    grade_9,
    grade_10,
    grade_11,
    grade_12,
    integers,
    percentages,
)
from viral_engine.learning.bank.math.items import SkillPlan

# Links without a skill of their own take the first skill of the catalogue, so that one suits many grades.
FIRST = (algebra.ALGEBRA, geometry.GEOMETRY, fractions.FRACTIONS, percentages.PERCENTAGES, integers.INTEGERS)
GRADES = (
    grade_1, grade_2, grade_3, grade_4, grade_5, grade_6, grade_7, grade_8, grade_9, grade_10, grade_11, grade_12,
)  # fmt: skip
PLANS: tuple[SkillPlan, ...] = (*FIRST, *(plan for grade in GRADES for plan in grade.SKILLS))
