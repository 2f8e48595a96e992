"""Which concepts of which skills a text mentions: phrases compared by the stems of their words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from loops.session_intelligence.rules.vocabulary import TABLE, concepts_of

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)?")
_STEMMERS = {"en": snowballstemmer.stemmer("english"), "es": snowballstemmer.stemmer("spanish")}
_SPANISH = frozenset(
    [
        "el",
        "la",
        "los",
        "las",
        "que",
        "de",
        "es",
        "y",
        "en",
        "un",
        "una",
        "por",
        "con",
        "para",
        "no",
        "se",
        "lo",
        "como",
        "qué",
        "cuánto",
        "está",
        "muy",
        "bien",
        "pero",
        "si",
    ]
)
_ENGLISH = frozenset(
    [
        "the",
        "a",
        "is",
        "to",
        "and",
        "of",
        "you",
        "it",
        "in",
        "that",
        "what",
        "so",
        "we",
        "do",
        "not",
        "i",
        "for",
        "with",
        "this",
        "are",
        "have",
        "how",
        "can",
        "but",
        "if",
    ]
)
MIN_SPANISH = 1.2  # times as many Spanish function words as English ones
Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """One concept of one skill."""

    skill: str
    concept: str


def split_words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str) -> str:
    return str(_STEMMERS[language].stemWord(word))


def language_of(texts: Iterable[str]) -> str:
    """en or es, by the function words of the first few thousand words."""
    english = spanish = 0
    for text in texts:
        for word in split_words(text):
            english += word in _ENGLISH
            spanish += word in _SPANISH
        if english + spanish > 2000:  # noqa: PLR2004  (enough to tell them apart)
            break
    return "es" if spanish > english * MIN_SPANISH else "en"


class TopicFinder:
    """Find concepts in texts of one language. `names` are the skills of this site, so that new ones are found too."""

    def __init__(self, names: Mapping[str, str], language: str) -> None:
        self._language = language
        self._phrases: dict[str, list[tuple[Stems, Topic]]] = {}
        for slug, name in names.items():
            for concept, phrases in concepts_of(TABLE.get(slug, "")):
                for phrase in phrases:
                    self._add(phrase, Topic(slug, concept))
            self._add(name, Topic(slug, name.lower()))
        for found in self._phrases.values():
            found.sort(key=lambda one: len(one[0]), reverse=True)

    def _add(self, phrase: str, topic: Topic) -> None:
        stems = tuple(_stem(word, self._language) for word in split_words(phrase))
        if stems:
            self._phrases.setdefault(stems[0], []).append((stems, topic))

    def topics(self, text: str) -> list[Topic]:
        """The concepts mentioned, the longest phrase at each place, in order."""
        stems = [_stem(word, self._language) for word in split_words(text)]
        found, place = [], 0
        while place < len(stems):
            longest = next((one for one in self._phrases.get(stems[place], ()) if _fits(one[0], stems, place)), None)
            if longest is not None:
                found.append(longest[1])
            place += len(longest[0]) if longest else 1
        return found


def _fits(phrase: Stems, stems: list[str], place: int) -> bool:
    return tuple(stems[place : place + len(phrase)]) == phrase
