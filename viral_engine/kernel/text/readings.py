"""All ways to read a text that hides words: look-alike letters, at and dot in words or brackets, spaced-out letters."""

import re
import unicodedata

from viral_engine.kernel.text.characters import folded, tidy

_OPEN, _CLOSE = r"[\[({<*_~|\-]{1,2}\s{0,2}", r"\s{0,2}[\])}>*_~|\-]{1,2}"
_AT = re.compile(
    rf"\s{{0,2}}{_OPEN}(?:at|arroba|@){_CLOSE}\s{{0,2}}|\s{{0,2}}[\[({{<]a[\])}}>]\s{{0,2}}|\s{{0,2}}\barroba\b\s{{0,2}}"
)
_DOT = re.compile(
    rf"\s{{0,2}}{_OPEN}(?:dot|punto|point|d0t|\.){_CLOSE}\s{{0,2}}|\s{{0,2}}\bd0t\b\s{{0,2}}"
    r"|(?<=[a-z0-9])\s{1,2}punto\s{1,2}(?=(?:com|es|mx|net|org|io|me|tv|co|ar|edu)\b)"
)
_SPACED_OUT = re.compile(r"(?<![\w'])[a-z0-9](?:[ ._*|~/\-]{1,3}[a-z0-9@.]){2,80}(?![\w'])")
_SPACES = re.compile(r"[ _*|~/\-]")
# Pictures that stand for a site; `handles` knows the words.
_PICTURES = {"\N{GHOST}": " ghostsign ", "\N{CAMERA WITH FLASH}": " camerasign ", "\N{CAMERA}": " camerasign "}
_PICTURE, MAX_PICTURES = re.compile(f"([{''.join(_PICTURES)}])(?!\\1)"), 9
_NAME_SEPARATORS = re.compile(r"[_.\-]")


def readings(text: str) -> tuple[str, ...]:
    """The distinct readings, the plainest first; all in small letters."""
    plain = _DOT.sub(".", _AT.sub("@", folded(_with_names_of_pictures(text))))
    found = [plain]
    if _SPACED_OUT.search(plain):
        found.append(_SPACED_OUT.sub(lambda word: _SPACES.sub("", word[0]), plain))
        found.append(_SPACED_OUT.sub(lambda word: _SPACES.sub("", word[0]).replace(".", ""), plain))
    if not text.isascii():  # endings such as .рф are no Latin words
        found.append(tidy(unicodedata.normalize("NFKC", text)).casefold())
    return tuple(dict.fromkeys(found))


def _with_names_of_pictures(text: str) -> str:
    return text if text.isascii() else _PICTURE.sub(lambda one: _PICTURES[one[0]], text, count=MAX_PICTURES)


def name_readings(text: str) -> tuple[str, ...]:
    """`readings` of a name, where a dot or underline divides words, too: snap_ada99."""
    found = readings(text)
    return tuple(dict.fromkeys([*found, _NAME_SEPARATORS.sub(" ", found[0])]))
