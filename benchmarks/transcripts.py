"""Measure the extractive summarizer and the redaction on transcripts whose items were marked by hand.

    python -m benchmarks.transcripts

A found item is right when it cites a cue of a marked range (and names the same skill). The held-out transcripts took no
part in tuning.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loops.session_intelligence.rules.extractive import RoleCue
    from loops.session_intelligence.rules.summary import SummaryItem
    from viral_engine.kernel.text.redaction import Redactor

GOLDEN = Path(__file__).with_name("golden")
SAID_ON = date(2026, 3, 4)  # a Wednesday
SPEAKERS = {"T": "Toni", "S": "Ada", "O": "Cy"}
ROLES = {"T": "tutor", "S": "student", "O": "other"}
KINDS = {"gap": "skill_gaps", "insight": "breakthroughs", "homework": "homework_items", "exam": "exams"}
KNOWN = (("Ada Lovelace", "[student]"), ("Toni", "[tutor]"))
CUE_S = 20


@dataclass(frozen=True, slots=True)
class Marked:
    """An item that a person marked: its kind, the cues it may cite, and its skill or date."""

    kind: str
    first: int
    last: int
    what: str = ""


@dataclass(slots=True)
class Golden:
    name: str
    is_held_out: bool
    subject: str
    language: str
    concepts: list[str]
    marked: list[Marked]
    lines: list[tuple[str, str]]  # (letter of the speaker, text)

    def vtt(self) -> str:
        """The transcript as a meeting program writes it."""
        cues = [
            f"{_time(number * CUE_S)} --> {_time(number * CUE_S + CUE_S - 1)}\n<v {SPEAKERS[who]}>{text}"
            for number, (who, text) in enumerate(self.lines)
        ]
        return "WEBVTT\n\n" + "\n\n".join(cues)


def _time(at_s: int) -> str:
    return f"{at_s // 3600:02d}:{at_s // 60 % 60:02d}:{at_s % 60:02d}.000"


def load(path: Path) -> Golden:
    head, _, body = path.read_text(encoding="utf-8").partition("\n--\n")
    fields: dict[str, list[str]] = {}
    for line in head.splitlines():
        name, _, value = line.partition(": ")
        fields.setdefault(name, []).append(value)
    marked = [
        _marked(name, value)
        for name in ("gap", "insight", "homework", "exam", "next")
        for value in fields.get(name, ())
    ]
    lines = [(line[0], line[3:]) for line in body.strip().splitlines()]
    return Golden(
        path.stem,
        fields["set"] == ["held_out"],
        fields["subject"][0],
        fields.get("language", ["en"])[0],
        fields.get("concept", []),
        marked,
        lines,
    )


def _marked(kind: str, value: str) -> Marked:
    *what, cues = value.split()
    first, _, last = cues.partition("-")
    return Marked(kind, int(first), int(last or first), what[0] if what else "")


def all_golden() -> list[Golden]:
    return [load(path) for path in sorted(GOLDEN.glob("*.txt"))]


@dataclass(slots=True)
class Measured:
    """Right, marked and found items per kind."""

    right: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def recall(self, kind: str) -> float:
        return self.right[kind] / self.marked[kind] if self.marked[kind] else 1.0

    def precision(self, kind: str) -> float:
        return self.right[f"{kind} found"] / self.found[kind] if self.found[kind] else 1.0


@cache
def skills_of(subject: str) -> dict[str, str]:
    from viral_engine.learning.bank import catalogue

    return {skill.slug: skill.name for one in catalogue() if one.slug == subject for skill in one.skills}


def role_cues(one: Golden, redactor: "Redactor") -> list["RoleCue"]:
    """The transcript as the summarizer gets it: read, with roles, redacted."""
    from loops.session_intelligence.rules.extractive import RoleCue
    from viral_engine.learning.rules.cues import read_cues

    return [
        RoleCue(cue.number, ROLES[one.lines[cue.number - 1][0]], redactor.redact(cue.text).text)
        for cue in read_cues(one.vtt(), "vtt")
    ]


def measure(golden: list[Golden]) -> Measured:
    from loops.session_intelligence.rules.extractive import summarize
    from viral_engine.kernel.text.redaction import KnownName, Redactor

    measured = Measured()
    redactor = Redactor([KnownName(*one) for one in KNOWN])
    for one in golden:
        cues = role_cues(one, redactor)
        _compare(one, summarize(cues, skills=skills_of(one.subject), said_on=SAID_ON).items(), measured)
    return measured


def _compare(one: Golden, items: "dict[str, tuple[SummaryItem, ...]]", measured: Measured) -> None:
    for kind, name in KINDS.items():
        wanted = [marked for marked in one.marked if marked.kind == kind]
        found = items[name]
        measured.marked[kind] += len(wanted)
        measured.found[kind] += len(found)
        for marked in wanted:
            if any(_fits(marked, item) for item in found):
                measured.right[kind] += 1
            else:
                measured.notes.append(f"{one.name}: missed {marked}")
        for item in found:
            if any(_fits(marked, item) for marked in wanted):
                measured.right[f"{kind} found"] += 1
            else:
                measured.notes.append(f"{one.name}: wrong {kind} {item}")
    named = {f"{item.skill}/{item.concept}" for item in items["key_concepts"]}
    measured.marked["concept"] += len(one.concepts)
    measured.right["concept"] += len(named & set(one.concepts))
    measured.notes += [f"{one.name}: concept {concept} not in {sorted(named)}" for concept in set(one.concepts) - named]


def _fits(marked: Marked, item: "SummaryItem") -> bool:
    cites = any(marked.first <= number <= marked.last for number in item.cues)
    if marked.kind == "gap":
        return cites and item.skill == marked.what
    if marked.kind == "exam":
        return cites and item.on == marked.what
    return cites


def print_table(title: str, measured: Measured) -> None:
    print(title)
    for kind in KINDS:
        right, marked, found = measured.right[kind], measured.marked[kind], measured.found[kind]
        print(f"  {kind:9} recall {measured.recall(kind):4.0%} ({right} of {marked})", end="")
        print(f"  precision {measured.precision(kind):4.0%} ({measured.right[f'{kind} found']} of {found})")
    right, marked = measured.right["concept"], measured.marked["concept"]
    print(f"  concepts  recall {measured.recall('concept'):4.0%} ({right} of {marked})")


def long_session(words: int = 10_000) -> Golden:
    """An hour of talk, made of the golden transcripts one after the other."""
    lines = [line for one in all_golden() if one.language == "en" for line in one.lines]
    repeated: list[tuple[str, str]] = []
    count = 0
    while count < words:
        who, text = lines[len(repeated) % len(lines)]
        repeated.append((who, text))
        count += len(re.findall(r"\w+", text))
    return Golden(name="hour", is_held_out=False, subject="math", language="en", concepts=[], marked=[], lines=repeated)


def time_an_hour() -> float:
    """Seconds for reading, redacting and summarizing an hour."""
    from loops.session_intelligence.rules.extractive import summarize
    from viral_engine.kernel.text.redaction import KnownName, Redactor

    hour = long_session()
    started = perf_counter()
    redactor = Redactor([KnownName(*one) for one in KNOWN])
    summarize(role_cues(hour, redactor), skills=skills_of("math"), said_on=SAID_ON)
    return perf_counter() - started


def main() -> None:
    golden = all_golden()
    for title, is_held_out in (("tuned", False), ("held out", True)):
        measured = measure([one for one in golden if one.is_held_out is is_held_out])
        print_table(f"{title}: {sum(one.is_held_out is is_held_out for one in golden)} transcripts", measured)
        if os.environ.get("NOTES") and not is_held_out:
            print("\n".join(measured.notes))
    time_an_hour()
    print(f"an hour of 10,000 words: {min(time_an_hour() for _ in range(3)):.2f} s")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
    import django

    django.setup()
    main()
