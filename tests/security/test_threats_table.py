"""docs/threats.md names each threat once, and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NUMBERED = re.compile(r"^(?:async def |def )?test((?:_[ht]\d\d)+)_", re.MULTILINE)
PAGE = (ROOT / "docs" / "threats.md").read_text()
ROWS = ROW.findall(PAGE)


def named_tests(cell: str) -> list[str]:
    return re.findall(r"`(tests/[\w./]+\.py)`", cell)


def test_every_threat_has_one_row() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 61))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"threat {row[0]}")
def test_a_row_has_a_defence_and_its_named_tests_exist(row: tuple[str, str, str, str]) -> None:
    _, threat, defence, cell = row
    assert len(threat.split()) >= 2
    assert len(defence.split()) >= 4
    named = named_tests(cell)
    assert named
    assert cell.strip() == ", ".join(f"`{name}`" for name in named)  # names alone: no pattern and no excuse
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_at_most_two_threats_have_no_test_here_and_the_page_says_why() -> None:
    elsewhere = {int(number) for number, *_, cell in ROWS if "`tests/security/" not in cell}
    assert len(elsewhere) <= 2
    reasons = re.findall(r"^- (\d+), because ", PAGE, re.MULTILINE)
    assert {int(number) for number in reasons} == elsewhere


def test_each_hole_and_most_threats_have_a_numbered_test() -> None:
    """The number is in a test's name, or in the name of its file."""
    found: dict[str, set[int]] = {"h": set(), "t": set()}
    for path in (ROOT / "tests" / "security").glob("test_*.py"):
        for name in NUMBERED.findall(f"{path.name}\n{path.read_text()}"):
            for kind, number in re.findall(r"_([ht])(\d\d)", name):
                found[kind].add(int(number))
    assert set(range(1, 14)) <= found["h"]
    by_hole = {int(number) for number, *_, cell in ROWS if "/test_h" in cell}
    assert set(range(1, 61)) - found["t"] - by_hole == {6, 10}


def test_a_numbered_test_is_in_its_row() -> None:
    named = {int(number): named_tests(cell) for number, _, _, cell in ROWS}
    numbered = sorted((ROOT / "tests" / "security").glob("test_t[0-9][0-9]_*.py"))
    found = [str(path.relative_to(ROOT)) for path in numbered]
    assert [name for name in found if name not in named[int(Path(name).name[6:8])]] == []
