"""The second look at a summary: whatever wrote it, its texts are plain words about a lesson, or they go."""

import re
from base64 import b64decode
from codecs import encode
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

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
_TAG = re.compile(r"</?[A-Za-z][^>\n]{0,300}>?")
_ENCODED = re.compile(
    r"\b(?=[A-Za-z+/]{0,60}\d|[a-z]{0,60}[A-Z])[A-Za-z0-9+/]{32,}={0,2}\b"
    r"|\b(?=[0-9]{0,60}[a-f])(?=[a-f]{0,60}[0-9])(?:[0-9a-f]{2}){8,}\b"
    r"|(?:%[0-9A-Fa-f]{2}){3,}|(?:\\x[0-9a-f]{2}){3,}|(?:\\u[0-9a-f]{4}){3,}"
)
_RUN = re.compile(r"[A-Za-z0-9+/_\-]{8,}={0,2}")
_HEX_RUN = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:\-]?){5,}")
_WORD = re.compile(r"[^\W_]+(?:[\-_.][^\W_]+)*")
MIN_FORBIDDEN = 6  # letters and digits; shorter words stand in too many others


def readings(text: str) -> list[str]:
    """The text, and what it says backwards, turned by thirteen letters, or in base64, hex or percent signs."""
    found = [text, text[::-1], encode(text, "rot13"), unquote(text)]
    found += [decoded for run in _RUN.findall(text) if (decoded := _from_base64(run))]
    found += [decoded for run in _HEX_RUN.findall(text) if (decoded := _from_hex(run))]
    return found


def _from_base64(run: str) -> str:
    """The printable text of a run of base64, empty for anything else."""
    letters = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _printable(b64decode(letters + "=" * (-len(letters) % 4), validate=True))
    except ValueError:
        return ""


def _from_hex(run: str) -> str:
    try:
        return _printable(bytes.fromhex(re.sub(r"[^0-9A-Fa-f]", "", run)))
    except ValueError:
        return ""


def _printable(raw: bytes) -> str:
    text = raw.decode("utf-8", errors="replace")
    return text if text.isprintable() and "\ufffd" not in text else ""


def is_about_lesson(text: str) -> bool:
    """Whether the text talks to a person: False for instructions to a program, however written, and for payloads."""
    return _ENCODED.search(text) is None and not any(signals.INSTRUCTION.search(one) for one in readings(text))


def forbidden_words(lines: Iterable[str]) -> frozenset[str]:
    """Long words that stand only in lines that speak to a program, or in links and tags: they are no part of a lesson.

    An obeying model is asked to repeat such a word; `_checked` finds it in every spelling of `readings`.
    """
    suspect, spoken = set[str](), set[str]()
    for line in lines:
        if is_about_lesson(line):
            removed = [found[0] for pattern in (_LINK, _DOMAIN, _TAG) for found in pattern.finditer(line)]
            suspect.update(word for part in removed for word in _words(part))
            for pattern in (_LINK, _DOMAIN, _TAG):
                line = pattern.sub(" ", line)  # noqa: PLW2901  (what is left is about the session)
            spoken.update(word for reading in readings(line) for word in _words(reading))
        else:
            suspect.update(word for reading in readings(line) for word in _words(reading))
    return frozenset(word for word in suspect - spoken if len(word) >= MIN_FORBIDDEN)


def _words(text: str) -> list[str]:
    return [_squeezed(word) for word in _WORD.findall(text)]


def _squeezed(text: str) -> str:
    """Letters and digits alone, small: "C a n-a r y" is "canary"."""
    return "".join(char for char in text.casefold() if char.isalnum())


def plain_words(text: str) -> str:
    """The text as one line without links, images, markup or letters that do not print."""
    for pattern in (_LINK, _DOMAIN, _MARKUP):
        text = pattern.sub(" ", text)
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_TEXT]


def checked(summary: Summary, *, cues: Mapping[int, str], skills: Collection[str]) -> Summary:
    """The summary with every item that cites known cues in plain words; the rest is dropped and flagged.

    `cues` are the lines of the session by number.
    """
    known = _Known(cues, skills, forbidden_words(cues.values()))
    kept = {kind: _kept(items, known) for kind, items in summary.items().items()}
    before = sum(len(items) for items in summary.items().values())
    topic = summary.recommended_next_topic
    topics = _kept((topic,), known) if topic else ()
    flags = summary.flags
    if sum(len(items) for items in kept.values()) < before or (topic and not topics):
        flags = (*flags, "items_dropped")
    return replace(
        with_items(summary, kept),
        recommended_next_topic=topics[0] if topics else None,
        session_quality=min(5, max(1, summary.session_quality)),
        flags=flags,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """Citations and names that an item may have, and the words that it may not contain."""

    cues: Collection[int]
    skills: Collection[str]
    forbidden: frozenset[str]


def _kept(items: tuple[SummaryItem, ...], known: _Known) -> tuple[SummaryItem, ...]:
    found = [_checked(item, known) for item in items[: MAX_ITEMS * 2]]
    return tuple(item for item in found if item is not None)[:MAX_ITEMS]


def _checked(item: SummaryItem, known: _Known) -> SummaryItem | None:
    """The item in plain words; None where it cites nothing, says nothing, or speaks to a program or for one."""
    cited = tuple(sorted({number for number in item.cues if number in known.cues}))[:MAX_CITED]
    text = plain_words(item.text)
    if not cited or not text or not is_about_lesson(item.text) or not is_about_lesson(text):
        return None
    if known.forbidden and any(word in _squeezed(one) for one in readings(text) for word in known.forbidden):
        return None
    skill = item.skill if item.skill in known.skills else ""
    return replace(item, text=text, cues=cited, skill=skill, concept=plain_words(item.concept)[:60])
