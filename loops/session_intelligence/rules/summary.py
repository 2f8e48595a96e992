"""The shape of a summary, the same from a provider and from the extractive summarizer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

MAX_ITEMS, MAX_TEXT, MAX_CITED = 8, 240, 4
KINDS = ("key_concepts", "skill_gaps", "breakthroughs", "homework_items", "exams", "viral_moments")


@dataclass(frozen=True, slots=True)
class SummaryItem:
    """One statement and the cues it rests on. `skill` is a slug of the catalogue, empty when none fits."""

    text: str
    cues: tuple[int, ...]  # numbers of cues, in order
    skill: str = ""
    concept: str = ""
    on: str = ""  # ISO date of an exam, or of the day homework is due


@dataclass(frozen=True, slots=True)
class Summary:
    key_concepts: tuple[SummaryItem, ...] = ()
    skill_gaps: tuple[SummaryItem, ...] = ()
    breakthroughs: tuple[SummaryItem, ...] = ()
    homework_items: tuple[SummaryItem, ...] = ()
    exams: tuple[SummaryItem, ...] = ()
    viral_moments: tuple[SummaryItem, ...] = ()
    session_quality: int = 3  # 1 to 5
    student_engagement: str = "medium"  # low | medium | high
    recommended_next_topic: SummaryItem | None = None
    language: str = "en"
    made_by: str = "extractive"  # extractive | provider
    flags: tuple[str, ...] = field(default=())  # why no provider was used, and what a check removed

    def items(self) -> dict[str, tuple[SummaryItem, ...]]:
        """The items by kind."""
        return {
            "key_concepts": self.key_concepts,
            "skill_gaps": self.skill_gaps,
            "breakthroughs": self.breakthroughs,
            "homework_items": self.homework_items,
            "exams": self.exams,
            "viral_moments": self.viral_moments,
        }

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def main_skill(self) -> str:
        """The skill of the strongest gap, else of the session's first concept with one; empty without."""
        order = (*self.skill_gaps, *self.breakthroughs, *self.key_concepts)
        return next((item.skill for item in order if item.skill), "")

    def exam_within(self, today: date, days: int) -> SummaryItem | None:
        """The first exam on one of the next `days` days."""
        dated = [(date.fromisoformat(item.on), item) for item in self.exams if item.on]
        soon = [(on, item) for on, item in dated if 0 <= (on - today).days <= days]
        return min(soon, key=lambda pair: pair[0])[1] if soon else None


def with_items(summary: Summary, items: Mapping[str, tuple[SummaryItem, ...]]) -> Summary:
    """The summary with other items; `items` has every kind."""
    return replace(
        summary,
        key_concepts=items["key_concepts"],
        skill_gaps=items["skill_gaps"],
        breakthroughs=items["breakthroughs"],
        homework_items=items["homework_items"],
        exams=items["exams"],
        viral_moments=items["viral_moments"],
    )


def item_from(stored: Mapping[str, Any]) -> SummaryItem:
    return SummaryItem(**{**stored, "cues": tuple(stored.get("cues", ()))})


def summary_from(stored: Mapping[str, Any]) -> Summary | None:
    """The summary of its JSON; None for an empty one."""
    if not stored:
        return None
    lists = {kind: tuple(item_from(item) for item in stored.get(kind, ())) for kind in KINDS}
    topic = stored.get("recommended_next_topic")
    plain = Summary(
        session_quality=stored["session_quality"],
        student_engagement=stored["student_engagement"],
        recommended_next_topic=item_from(topic) if topic else None,
        language=stored.get("language", "en"),
        made_by=stored.get("made_by", "extractive"),
        flags=tuple(stored.get("flags", ())),
    )
    return with_items(plain, lists)
