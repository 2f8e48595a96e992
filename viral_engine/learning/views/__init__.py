from viral_engine.learning.views.assessments import diagnostic_intro, start_diagnostic, start_test, test_intro
from viral_engine.learning.views.attempts import answer, attempt, finish, pause, resume
from viral_engine.learning.views.badges import badges
from viral_engine.learning.views.practice import home, menu, start
from viral_engine.learning.views.results import result
from viral_engine.learning.views.tutoring import log_session, session, session_to_rate, sessions

__all__ = [
    "answer",
    "attempt",
    "badges",
    "diagnostic_intro",
    "finish",
    "home",
    "log_session",
    "menu",
    "pause",
    "result",
    "resume",
    "session",
    "session_to_rate",
    "sessions",
    "start",
    "start_diagnostic",
    "start_test",
    "test_intro",
]
