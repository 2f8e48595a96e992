"""Web addresses and e-mail addresses in a text's readings."""

import re

from viral_engine.kernel.text.domains import SHORTENERS, endings, sure_endings
from viral_engine.kernel.text.vocabulary import PROVIDERS, words

MIN_LABEL = 2
_LABEL = r"[a-z0-9][a-z0-9\-]{0,62}"
_EMAIL = re.compile(r"[\w.+\-]\s{0,2}@\s{0,2}[a-z0-9][a-z0-9.\-]{0,62}\s{0,2}(?:\.|\bdot\b)\s{0,2}[a-z]{2}")
_SPELLED_EMAIL = re.compile(rf"\w\s{{1,2}}at\s{{1,2}}{_LABEL}(?:\s{{1,2}}dot\s{{1,2}}|\.)([a-z]{{2,24}})\b")
_MAILBOX = re.compile(
    rf"(?:@|\bat)\s{{0,2}}(?:{PROVIDERS})\b|\b(?:{PROVIDERS})\s{{0,2}}(?:dot|\.|,)?\s{{0,2}}com\b"
    rf"|at(?:{PROVIDERS})(?:dot|com)|\(\s?(?:{PROVIDERS})\s?\)|\bg mail\b|(?:gmail|hotmail|outlook|yahoo|icloud)com\b"
)
_SCHEME = re.compile(r"\bh(?:tt|xx|\*\*)ps?\s{0,2}(?::|//)|\bwww\s{0,2}(?:\.|dot\b)|:\s{0,2}/\s{0,2}/")
_DOTTED = re.compile(r"(?<![\w.@])((?:[^\W_][\w\-]{0,62}\.){1,4})(xn--[a-z0-9\-]{2,59}|[^\W\d_]{2,24})\b(?!\()(/\w)?")
_SPELLED = re.compile(r"(?<=\w\w)\s{1,2}dot\s{1,2}([a-z]{2,24})\b")
_LOOSE = re.compile(r"\w\w(?: \.\s?| ?, ?(?=com\b)|\. )(com|net|org|io|gg|ly)\b|\b(?:tinyurl|bitly|linktree)\b")
_STOP, _SLASH = re.compile(r"\s{1,2}(?:dot|\.)\s{1,2}"), re.compile(r"\s{1,2}(?:slash|barra|/)\s{1,2}")
_SHORT_LINK = re.compile(r"(?<![\w.])([a-z0-9\-]{1,20}\.[a-z]{2,5})/\w")
_SPACED_SHORT_LINK = re.compile(r"\b([a-z0-9\-]{1,20}) ([a-z]{2,5})/\w")  # bit ly/abc
# Endings that people spell with a "dot" before them, though they are words, too.
_SPOKEN_ENDINGS = words("me tv co app be ly es info site online ru")
_VISIT = re.compile(
    r"\b(?:visit|go to|check (?:out )?(?:my|this)|my (?:site|website|link|page|web)|click (?:on )?(?:my|this)|find me|"
    r"look me up|meet on|play at|ve a|entra a|visita|mi (?:enlace|sitio|pagina|web)|buscame)\b"
)


def has_email(text: str) -> bool:
    spelled = _SPELLED_EMAIL.search(text)
    is_spelled = spelled is not None and spelled[1] in endings()
    return is_spelled or bool(_EMAIL.search(text) or _MAILBOX.search(text))


def _is_short_link(text: str) -> bool:
    """Whether a known shortener stands there with a path, spaced out or spelled: "t dot me slash ada"."""
    joined = _SLASH.sub("/", _STOP.sub(".", text))
    spaced = any(f"{found[1]}.{found[2]}" in SHORTENERS for found in _SPACED_SHORT_LINK.finditer(joined))
    return spaced or any(found[1] in SHORTENERS for found in _SHORT_LINK.finditer(joined))


def has_link(text: str) -> bool:
    """Whether there is a web address. "yes.so it is" is none: such endings need another sign of an address."""
    spelled = {found[1] for found in _SPELLED.finditer(text)}
    is_spelled = bool(spelled & (sure_endings() | _SPOKEN_ENDINGS))
    return bool(is_spelled or _SCHEME.search(text) or _LOOSE.search(text)) or _is_short_link(text) or _has_domain(text)


def _has_domain(text: str) -> bool:
    is_visit = _VISIT.search(text) is not None
    return any(_is_domain(*found.groups(default=""), is_visit=is_visit) for found in _DOTTED.finditer(text))


def _is_domain(host: str, ending: str, path: str, *, is_visit: bool) -> bool:
    name = host.rstrip(".")
    if host + ending in SHORTENERS:
        return True
    if len(name) < MIN_LABEL or name.replace(".", "").isdecimal():
        return False
    is_likely = bool(path) or is_visit or "-" in name
    return ending in sure_endings() or (is_likely and ending in endings())


def is_domain_like(name: str) -> bool:
    """Whether a name, which holds no sentence, has any known ending: `ada.me`."""
    return any(found[2] in endings() for found in _DOTTED.finditer(name))
