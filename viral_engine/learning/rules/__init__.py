"""Scores, streaks, XP, badges, diagnostics and percentiles as pure functions."""

from viral_engine.learning.rules.adaptive import (
    DIAGNOSTIC_QUESTIONS,
    TEST_QUESTIONS,
    AnsweredQuestion,
    CandidateQuestion,
    balanced_selection,
    diagnostic_score,
    level_estimate,
    level_name,
    next_level,
    next_question,
    step,
)
from viral_engine.learning.rules.advice import PartScore, SkillRecord, next_skill, next_skills, skill_to_repair
from viral_engine.learning.rules.badges import (
    CHALLENGE_WINS,
    MASTERY_ATTEMPTS,
    MASTERY_SCORE,
    STREAKS,
    XP_BADGE,
    is_mastered,
    streak_badges,
    win_badges,
)
from viral_engine.learning.rules.grades import LAST_GRADE, LEVELS, levels_for, suits
from viral_engine.learning.rules.progress import is_late_in_the_day, is_worth_a_day, missed_days, next_streak, xp_for
from viral_engine.learning.rules.scoring import clock_face, percentile, score

__all__ = [
    "CHALLENGE_WINS",
    "DIAGNOSTIC_QUESTIONS",
    "LAST_GRADE",
    "LEVELS",
    "MASTERY_ATTEMPTS",
    "MASTERY_SCORE",
    "STREAKS",
    "TEST_QUESTIONS",
    "XP_BADGE",
    "AnsweredQuestion",
    "CandidateQuestion",
    "PartScore",
    "SkillRecord",
    "balanced_selection",
    "clock_face",
    "diagnostic_score",
    "is_late_in_the_day",
    "is_mastered",
    "is_worth_a_day",
    "level_estimate",
    "level_name",
    "levels_for",
    "missed_days",
    "next_level",
    "next_question",
    "next_skill",
    "next_skills",
    "next_streak",
    "percentile",
    "score",
    "skill_to_repair",
    "step",
    "streak_badges",
    "suits",
    "win_badges",
    "xp_for",
]
