"""Find names: of known people in whatever spelling, frequent first names, and names by the words before them."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from viral_engine.kernel.text.redaction.first_names import ALSO_WORDS, FREQUENT, NOT_NAMES

MIN_NAME, SHORT_NAME = 2, 6
_LETTERS = r"[^\W\d_]"
_WORD = re.compile(rf"{_LETTERS}(?:{_LETTERS}|['\u2019\-](?={_LETTERS})){{0,40}}")
_APOSTROPHE = "['\u2019]"
_NAME = rf"(?P<name>(?-i:[A-ZÀ-Þ]{_LETTERS}{{1,30}}(?:\s[A-ZÀ-Þ]{_LETTERS}{{1,30}})?))"
_TITLED = re.compile(rf"\b(?:mr|mrs|ms|miss|mister|dr|sr|sra|don|do[nñ]a)\.?\s{_NAME}", re.IGNORECASE)
_RELATED = re.compile(
    r"\b(?:(?:my|his|her|our|your)\s(?:best\s)?(?:friend|brother|sister|cousin|mom|mum|mother|dad|father|teacher|"
    r"classmate|neighbor|coach|aunt|uncle|buddy|roommate|partner)|coach|(?:mi|su|tu|el|la)"
    r"\s(?:mejor\s)?(?:amig[oa]|"
    r"herman[oa]|prim[oa]|maestr[oa]|profesora?|profe|mam[aá]|pap[aá]|t[ií][oa]|vecin[oa]|compa[nñ]er[oa])"
    r"|se[nñ]orita?|"
    rf"se[nñ]ora?|named|called|llamad[oa]),?\s{_NAME}",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"\b(?:my (?:full |last |first )?name is|my name's|me llamo|se llama|mi nombre es|(?:i am|i'm|this is|soy) "
    r"(?-i:(?=[A-ZÀ-Þ])))\s?"
    rf"(?P<name>{_LETTERS}{{2,30}}(?:\s(?!(?:and|but|y|pero|i|from|so)\b){_LETTERS}{{2,30}})?)",
    re.IGNORECASE,
)


def folded(text: str) -> str:
    """Small letters without accents, one character for each of the text, so that places stay the same."""
    return "".join(_fold(char) for char in text)


def _fold(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].casefold()
    return base if len(base) == 1 else char


def forms(name: str) -> str:
    """A pattern of the name and its inflections: Ada's, Adas, Adita; Tom, Tommy; Carlos, Carlitos."""
    stem = re.escape(name)
    found = [rf"{stem}(?:{_APOSTROPHE}?s|{_APOSTROPHE})?"]
    core = re.sub(r"[aeo]s?$", "", name)
    if len(core) >= MIN_NAME:
        found.append(rf"(?:{re.escape(core)}(?:c|qu)?|{stem}c)it[oa]s?(?:{_APOSTROPHE}s)?")
    if len(name) <= SHORT_NAME and name[-1] not in "aeiouy":
        found.append(rf"{stem}{re.escape(name[-1])}?(?:y|ie)(?:{_APOSTROPHE}s)?")
    return "|".join(found)


class NameFinder:
    """Replace names in a text. `known` maps a name, as people write it, to its placeholder."""

    def __init__(self, known: Mapping[str, str], *, guesses: bool = True) -> None:
        self._guesses = guesses
        self._placeholders: dict[str, str] = {}
        for name, placeholder in known.items():
            for part in {folded(unicodedata.normalize("NFC", name)), *_WORD.findall(folded(name))}:
                if len(part) >= MIN_NAME:
                    self._placeholders.setdefault(part, placeholder)
        longest_first = sorted(self._placeholders, key=len, reverse=True)
        groups = "|".join(f"(?P<n{place}>{forms(name)})" for place, name in enumerate(longest_first))
        self._names = longest_first
        self._known = re.compile(rf"(?<!\w)(?:{groups})(?!\w)") if groups else None

    def replace(self, text: str, counts: dict[str, int]) -> str:
        """The text without names; `counts["name"]` grows."""
        found = self._replace_known(text, counts)
        return self._by_context(found, counts) if self._guesses else found

    def _replace_known(self, text: str, counts: dict[str, int]) -> str:
        if self._known is None:
            return text
        parts, end = [], 0
        for found in self._known.finditer(folded(text)):
            name = self._names[int((found.lastgroup or "n0")[1:])]
            original = text[found.start() : found.end()]
            if name in ALSO_WORDS and not original[0].isupper():
                continue
            parts += [text[end : found.start()], self._placeholders[name]]
            end = found.end()
            counts["name"] = counts.get("name", 0) + 1
        return "".join([*parts, text[end:]])

    def _by_context(self, text: str, counts: dict[str, int]) -> str:
        def named(found: re.Match[str]) -> str:
            name = found["name"]
            if folded(name.split()[0]) in NOT_NAMES:
                return found[0]
            counts["name"] = counts.get("name", 0) + 1
            return found[0].removesuffix(name) + "[name]"

        for pattern in (_TITLED, _SELF, _RELATED):
            text = pattern.sub(named, text)
        return _WORD.sub(_frequent(counts), text)


def _frequent(counts: dict[str, int]) -> Callable[[re.Match[str]], str]:
    """Replace a frequent first name with a capital letter, and leave every other word."""

    def shown(found: re.Match[str]) -> str:
        word = found[0]
        if not word[0].isupper():
            return word
        base = re.sub(r"['\u2019]s?$", "", folded(word))
        if base not in FREQUENT or base in ALSO_WORDS:
            return word
        counts["name"] = counts.get("name", 0) + 1
        return "[name]"

    return shown
