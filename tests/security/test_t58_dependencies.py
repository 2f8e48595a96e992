"""Threat 58: a dependency that was replaced on its way. Locks pin a version and the hashes of its files."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==([^\s;]+)")


def entries(lock: str) -> dict[str, str]:
    """{a requirement's first line: its whole entry}."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / lock).read_text(), flags=re.MULTILINE)
    found = re.split(r"\n(?=\S)", text.strip())
    return {entry.splitlines()[0].rstrip(" \\"): entry for entry in found}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_has_one_version_and_sha256_hashes(lock: str) -> None:
    found = entries(lock)
    assert len(found) > 30
    assert [line for line in found if not PINNED.match(line)] == []
    unhashed = [line for line, entry in found.items() if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)]
    assert unhashed == []
    assert [line for line, entry in found.items() if re.search(r"\b(?:git\+|https?://|file:|-e )", entry)] == []


def test_the_lock_holds_every_dependency_of_the_project() -> None:
    locked = {plain(found[1]) for line in entries(LOCKS[0]) if (found := PINNED.match(line))}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {plain(re.split(r"[\[<>=~! ]", one)[0]) for one in wanted}
    assert names - locked == set()


def test_nothing_is_installed_past_the_hashes() -> None:
    for name in ("Makefile", "Dockerfile"):
        for line in (ROOT / name).read_text().splitlines():
            if re.search(r"pip install.*-r ", line):
                assert "--require-hashes" in line, f"{name}: {line}"
