"""Templates of the copy of loops, by persona and language, varied by subject and engagement.

A text is looked up from the general to the special: the loop's own, then the one for the engagement, then the one for
the subject. Names in braces are filled in when the text is shown. The texts are in the folders of the loops.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields

from viral_engine.kernel.text import contact

Texts = Mapping[str, Mapping[str, str]]  # variant ("", an engagement or a subject) -> part -> text
DEFAULT_LANGUAGE = "en"
LANGUAGES: dict[str, dict[str, Texts]] = {DEFAULT_LANGUAGE: {}, "es": {}}  # loop -> texts, set by the registry
MAX_TEXT_LENGTH = 160
_FACT = re.compile(r"{(\w+)}")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy of one offer: `headline` is sent to friends, `pitch` says what they get, `cta` is their button."""

    title: str
    headline: str
    pitch: str
    cta: str


PARTS = tuple(field.name for field in fields(Copy))


@dataclass(frozen=True, slots=True)
class CopyAudience:
    """A kind of person that copy is written for, never one person."""

    persona: str  # student | parent | tutor
    language: str = DEFAULT_LANGUAGE
    subject: str = ""  # slug
    engagement: str = ""  # low | medium | high


def template(loop: str, audience: CopyAudience) -> Copy:
    """Return the loop's copy for an audience, in English if the language is unknown.

    Raises  KeyError for a loop without copy.
    """
    texts = LANGUAGES.get(audience.language, LANGUAGES[DEFAULT_LANGUAGE])[loop]
    found: dict[str, str] = {}
    for variant in ("", audience.engagement, audience.subject):
        found.update(texts.get(variant, {}))
    return Copy(**found)


def text_rejection(text: str, original: str) -> str:
    """Return why a rewritten text may not replace the original; empty if it may.

    A rewrite may promise nothing new: it needs the same placeholders, no new numbers, and nothing that others must not
    read.
    """
    if not text.strip() or len(text) > MAX_TEXT_LENGTH:
        return "empty or too long"
    if set(_FACT.findall(text)) != set(_FACT.findall(original)):
        return "other facts"
    if not set(_NUMBER.findall(text)) <= set(_NUMBER.findall(original)):
        return "a number of its own"
    if contact.finding(text) or not text.isprintable():
        return "an address, or signs that do not print"
    return ""


def copy_rejection(copy: Copy, original: Copy) -> str:
    """As `text_rejection`, of the first part that has one."""
    texts, originals = asdict(copy), asdict(original)
    for part in PARTS:
        objection = text_rejection(texts[part], originals[part])
        if objection:
            return f"{part}: {objection}"
    return ""


def every_template() -> Iterator[tuple[str, str, str, Copy]]:
    """Yield (loop, language, variant, copy) for all copy; a variant is "", an engagement or a subject."""
    for loop in LANGUAGES[DEFAULT_LANGUAGE]:
        for language, texts in LANGUAGES.items():
            for variant, parts in texts[loop].items():
                yield loop, language, variant, Copy(**{**texts[loop][""], **parts})
