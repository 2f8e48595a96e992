"""Measure redaction on a corpus of marked lines: per kind, how much is found, and how much of that is right."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from viral_engine.kernel.text.redaction import KnownName, Redactor

CORPORA = Path(__file__).parents[2] / "corpora" / "redaction"
_MARK = re.compile(r"\{(?P<kind>\w+):(?P<text>[^}]+)\}")
KNOWN = (
    KnownName("José Núñez", "[student]"),
    KnownName("jose_n", "[student]"),
    KnownName("Toni Álvarez", "[tutor]"),
    KnownName("Grace Will", "[parent]"),
)
REDACTOR = Redactor(KNOWN)


@dataclass
class Measured:
    """Counts per kind. A removed sentence finds all that it held."""

    expected: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    false: int = 0
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found.total() / self.expected.total()

    @property
    def precision(self) -> float:
        return self.found.total() / (self.found.total() + self.false)


def measure(name: str) -> Measured:
    measured = Measured()
    for line in (CORPORA / f"{name}.txt").read_text().splitlines():
        if not line.startswith("#"):
            _count(line, measured)
    return measured


def _count(line: str, measured: Measured) -> None:
    marks = list(_MARK.finditer(line))
    redacted = REDACTOR.redact(_MARK.sub(lambda mark: mark["text"], line))
    for mark in marks:
        measured.expected[mark["kind"]] += 1
        if mark["text"].strip("'s") in redacted.text:
            measured.missed.append(f"{mark['kind']}: {line} -> {redacted.text}")
        else:
            measured.found[mark["kind"]] += 1
    excess = sum(redacted.counts.values()) - redacted.counts.get("removed", 0) - len(marks)
    if not marks and redacted.counts.get("removed"):
        excess += 1
    if excess > 0:
        measured.false += excess
        measured.alarms.append(f"{line} -> {redacted.text}")
