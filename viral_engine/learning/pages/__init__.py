"""Reads of the learning pages, each with its number of queries."""

from viral_engine.learning.pages.attempts import Intro, Step, attempt_of, intro_of, step_of
from viral_engine.learning.pages.badges import Badge, badges_of
from viral_engine.learning.pages.home import HomePage, SubjectPage, home_page, practice_menu, subject_page
from viral_engine.learning.pages.results import ResultPage, result_page
from viral_engine.learning.pages.subject_results import SubjectResultPage, subject_result_page
from viral_engine.learning.pages.tutoring import (
    SessionPage,
    TutorRecord,
    record_of,
    session_page,
    sessions_of,
    students_of,
    subjects_of,
    to_rate,
)

__all__ = [
    "Badge",
    "HomePage",
    "Intro",
    "ResultPage",
    "SessionPage",
    "Step",
    "SubjectPage",
    "SubjectResultPage",
    "TutorRecord",
    "attempt_of",
    "badges_of",
    "home_page",
    "intro_of",
    "practice_menu",
    "record_of",
    "result_page",
    "session_page",
    "sessions_of",
    "step_of",
    "students_of",
    "subject_page",
    "subject_result_page",
    "subjects_of",
    "to_rate",
]
