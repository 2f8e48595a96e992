from viral_engine.learning.views.attempts import answer, attempt, finish, pause, resume
from viral_engine.learning.views.practice import home, menu, start
from viral_engine.learning.views.results import result

__all__ = ["answer", "attempt", "finish", "home", "menu", "pause", "result", "resume", "start"]
