"""Reads of the learning pages, each with its number of queries."""

from viral_engine.learning.queries.attempts import AssessmentIntro, AttemptStep, attempt_of, intro_of, step_of
from viral_engine.learning.queries.badges import Badge, badges_of
from viral_engine.learning.queries.home import HomePage, SubjectSkills, home_page, practice_menu, subject_skills
from viral_engine.learning.queries.results import ResultPage, result_page
from viral_engine.learning.queries.subject_results import SubjectResultPage, subject_result_page
from viral_engine.learning.queries.tutoring import (
    SessionPage,
    TutorRecord,
    session_page,
    sessions_of,
    students_of,
    subjects_of,
    tutor_record,
    unrated_session,
)

__all__ = [
    "AssessmentIntro",
    "AttemptStep",
    "Badge",
    "HomePage",
    "ResultPage",
    "SessionPage",
    "SubjectResultPage",
    "SubjectSkills",
    "TutorRecord",
    "attempt_of",
    "badges_of",
    "home_page",
    "intro_of",
    "practice_menu",
    "result_page",
    "session_page",
    "sessions_of",
    "step_of",
    "students_of",
    "subject_result_page",
    "subject_skills",
    "subjects_of",
    "tutor_record",
    "unrated_session",
]
