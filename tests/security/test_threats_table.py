"""docs/threats.md names each threat once, and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "threats.md").read_text())


def named_tests(cell: str) -> list[str]:
    return re.findall(r"`(tests/[\w./*]+)`", cell)


def test_every_threat_has_one_row() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 61))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"threat {row[0]}")
def test_a_row_has_a_defence_and_its_named_tests_exist(row: tuple[str, str, str, str]) -> None:
    _, threat, defence, cell = row
    assert len(threat.split()) >= 2
    assert len(defence.split()) >= 4
    named = named_tests(cell)
    assert named or cell.startswith("does not apply:")
    assert [name for name in named if "*" not in name and not (ROOT / name).exists()] == []


def test_rows_that_still_wait_for_a_test_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """A pattern is the name of a test that another change brings; numbered tests that came are in their row."""
    waiting = [number for number, _, _, cell in ROWS if not any(list(ROOT.glob(name)) for name in named_tests(cell))]
    with capsys.disabled():
        print(f"\nthreats without a test yet: {', '.join(waiting) or 'none'}")
    came = {path.name[6:8] for path in (ROOT / "tests" / "security").glob("test_t[0-9][0-9]_*.py")}
    unnamed = {number for number, _, _, cell in ROWS if f"test_t{int(number):02}_" not in cell} & {
        str(int(number)) for number in came
    }
    assert unnamed == set()
