"""The second look at a summary: whatever wrote it, its texts are plain words about a lesson, or they go."""

import re
from collections.abc import Collection
from dataclasses import replace

from loops.session_intelligence.rules import signals
from loops.session_intelligence.rules.summary import MAX_CITED, MAX_ITEMS, MAX_TEXT, Summary, SummaryItem, with_items

_LINK = re.compile(
    r"!?\[[^\]\n]{0,200}\]\s?\([^)]{0,500}\)|\b[a-z][a-z0-9+.\-]{1,15}:(?:/|\S{0,3}/)\S{0,500}|\bwww\.\S{1,500}",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    r"\b[\w\-]{1,63}\.(?:com|net|org|io|dev|app|xyz|info|ru|cn|co|me|ly|gg|example)\b\S{0,300}", re.IGNORECASE
)
_MARKUP = re.compile(
    r"<[^>\n]{0,300}>?|[`*_#|~]{1,10}|&\w{2,10};|&#\w{1,8};|\]\(|\bdata:\S{1,500}|\bjavascript:\S{0,500}"
)
_ENCODED = re.compile(
    r"\b(?=[A-Za-z+/]{0,60}\d|[a-z]{0,60}[A-Z])[A-Za-z0-9+/]{32,}={0,2}\b|(?:%[0-9A-Fa-f]{2}){3,}|(?:\\x[0-9a-f]{2}){3,}|(?:\\u[0-9a-f]{4}){3,}"
)


def is_about_lesson(text: str) -> bool:
    """Whether the text talks to a person: False for instructions to a program and for encoded payloads."""
    return signals.INSTRUCTION.search(text) is None and _ENCODED.search(text) is None


def plain_words(text: str) -> str:
    """The text as one line without links, images, markup or letters that do not print."""
    for pattern in (_LINK, _DOMAIN, _MARKUP):
        text = pattern.sub(" ", text)
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_TEXT]


def checked(summary: Summary, *, cues: Collection[int], skills: Collection[str]) -> Summary:
    """The summary with every item that cites known cues in plain words; the rest is dropped and flagged."""
    kept = {kind: _kept(items, cues, skills) for kind, items in summary.items().items()}
    before = sum(len(items) for items in summary.items().values())
    topic = summary.recommended_next_topic
    topics = _kept((topic,), cues, skills) if topic else ()
    flags = summary.flags
    if sum(len(items) for items in kept.values()) < before or (topic and not topics):
        flags = (*flags, "items_dropped")
    return replace(
        with_items(summary, kept),
        recommended_next_topic=topics[0] if topics else None,
        session_quality=min(5, max(1, summary.session_quality)),
        flags=flags,
    )


def _kept(items: tuple[SummaryItem, ...], cues: Collection[int], skills: Collection[str]) -> tuple[SummaryItem, ...]:
    found = [_checked(item, cues, skills) for item in items[: MAX_ITEMS * 2]]
    return tuple(item for item in found if item is not None)[:MAX_ITEMS]


def _checked(item: SummaryItem, cues: Collection[int], skills: Collection[str]) -> SummaryItem | None:
    """The item in plain words; None where it cites nothing, says nothing, or speaks to a program."""
    cited = tuple(sorted({number for number in item.cues if number in cues}))[:MAX_CITED]
    text = plain_words(item.text)
    if not cited or not text or not is_about_lesson(item.text) or not is_about_lesson(text):
        return None
    skill = item.skill if item.skill in skills else ""
    return replace(item, text=text, cues=cited, skill=skill, concept=plain_words(item.concept)[:60])
