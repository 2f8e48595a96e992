import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from viral_engine.kernel.text import contact
from viral_engine.kernel.text.redaction.names import NameFinder
from viral_engine.kernel.text.redaction.patterns import replace_all

_SENTENCE = re.compile(r"(?:[^.!?]|(?<=\d)\.(?=\d)){1,1500}[.!?]{0,3}\s?|[.!?\s]{1,50}")
_MARK = re.compile(r"\[[a-z0-9\-]{1,12}\]")
_SUSPECT = re.compile(
    r"[@\d]|\bdot\b|\bpunto\b|www|://|\b(?:snap|insta|tiktok|discord|whatsapp|telegram)\w*", re.IGNORECASE
)
CONTACT = frozenset({"e-mail address", "link", "name on another site", "street address", "phone number"})
REMOVED = "[removed]"


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name as people write it, and the placeholder that stands for the person: `[student]`."""

    name: str
    placeholder: str


@dataclass(slots=True)
class Redacted:
    """A text without identifying data, and how many finds of each kind it had."""

    text: str
    counts: dict[str, int] = field(default_factory=dict)


class Redactor:
    """Redact texts about the same people; building one costs more than using it.

    With `guesses_names` names of people who are not known go too, by their context or because they are frequent.
    """

    def __init__(self, known: Iterable[KnownName] = (), *, guesses_names: bool = True) -> None:
        names = {one.name: one.placeholder for one in known if one.name.strip()}
        self._names = NameFinder(names, guesses=guesses_names)

    def redact(self, text: str) -> Redacted:
        """The text with placeholders, on which a second redaction changes nothing."""
        counts: dict[str, int] = {}
        plain = replace_all(text, counts)
        named = self._names.replace(plain, counts)
        return Redacted(self._without_leftovers(named, counts), counts)

    def _without_leftovers(self, text: str, counts: dict[str, int]) -> str:
        """Remove every sentence in which the contact rules still find something."""
        if not _SUSPECT.search(text):
            return text
        kept = []
        for sentence in _SENTENCE.findall(text):
            if _SUSPECT.search(sentence) and contact.finding(_MARK.sub("it", sentence)) in CONTACT:
                counts["removed"] = counts.get("removed", 0) + 1
                kept.append(f"{REMOVED} ")
            else:
                kept.append(sentence)
        return "".join(kept).strip()
