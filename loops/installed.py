"""The loops of this release, one line each. Everything else is loaded from the loop's folder."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

LOOP_FOLDERS = (
    "loops.buddy_challenge",
    "loops.results_rally",
    "loops.proud_parent",
    "loops.tutor_spotlight",
    "loops.streak_rescue",
    "loops.achievement_spotlight",
    "loops.session_intelligence",
)


def loop_names() -> list[str]:
    """The name of a loop is the name of its folder."""
    return [folder.rpartition(".")[2] for folder in LOOP_FOLDERS]


def parts(name: str) -> list[ModuleType]:
    """The modules called `name` (models, urls, admin, loop) of the folders that have one."""
    return [import_module(f"{folder}.{name}") for folder in LOOP_FOLDERS if find_spec(f"{folder}.{name}")]
