"""A loop is one folder and one line: nothing else in the package names it."""

import re
from pathlib import Path

from loops.core.links import LOOP_OF_PURPOSE
from loops.core.registry import LOOPS
from loops.installed import LOOP_FOLDERS, loop_names, parts

LOOPS_PACKAGE = Path(__file__).parents[2] / "loops"


def test_the_registry_holds_the_loop_of_every_folder_under_the_folders_name() -> None:
    assert list(LOOPS) == loop_names()
    assert [module.__name__ for module in parts("loop")] == [f"{folder}.loop" for folder in LOOP_FOLDERS]
    assert {purpose: LOOPS[name].name for purpose, name in LOOP_OF_PURPOSE.items()} == LOOP_OF_PURPOSE


def test_only_the_list_of_installed_loops_names_a_loop() -> None:
    named = re.compile(rf"\b({'|'.join(loop_names())})\b")
    elsewhere = {
        str(path.relative_to(LOOPS_PACKAGE))
        for path in LOOPS_PACKAGE.rglob("*.py")
        if path.relative_to(LOOPS_PACKAGE).parts[0] not in {*loop_names(), "migrations"}
        and named.search(path.read_text())
    }
    assert elsewhere == {"installed.py"}
