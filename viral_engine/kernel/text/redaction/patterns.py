"""Contact data and places in running speech, English and Spanish. Every pattern has bounded repeats."""

import re
from collections.abc import Collection, Mapping

from viral_engine.kernel.text.domains import sure_endings
from viral_engine.kernel.text.vocabulary import NUMBER_WORDS, REPEATS

_W = r"[^\W\d_]"  # a letter
_STOP = r"(?!(?:the|a|an|on|of|in|to|per|along|down|this|each|my|our|your|that|and|or|is|for|at|with|went|goes|by)\b)"
_STREET = "street|avenue|boulevard|road|lane|terrace|ave|blvd|rd"
_STREET_TOO = "St|Street|Way|Place|Court|Circle|Drive|Square|Dr|Ct|Pl|Ln|Trail|Parkway|Crescent"
_DIGIT = "|".join(sorted({word for word, digit in NUMBER_WORDS.items() if len(str(digit)) == 1}, key=len, reverse=True))
_REPEAT = "|".join(REPEATS)
_END = "com|net|org|edu|io|es|mx|ar|co|me|us|info"

_SPOKEN = rf"(?:(?:{_REPEAT})\s)?(?:{_DIGIT}|\d)"
EMAIL = re.compile(
    r"[\w.+\-]{1,64}\s?@\s?[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}"
    rf"|\b[\w.\-]{{1,40}}(?:\s(?:dot|punto|underscore|guion bajo)\s[\w\-]{{1,40}}){{0,3}}\s(?:at|arroba)"
    rf"\s[\w\-]{{1,40}}"
    rf"\s(?:dot|punto)\s(?:{_END})\b",
    re.IGNORECASE,
)
LINK = re.compile(
    r"!?\[[^\]\n]{0,200}\]\([^)\s]{0,500}\)|\b(?:https?|hxxps?|ftp)\s?:\s?/\s?/\s?\S{1,500}|\bwww\.\S{1,500}"
    rf"|\b[\w\-]{{2,63}}(?:\s(?:dot|punto)\s[\w\-]{{2,63}}){{0,2}}\s(?:dot|punto)\s(?:{_END})\b(?:\sslash\s"
    rf"\w{{1,40}})?",
    re.IGNORECASE,
)
_DOTTED = re.compile(
    r"(?<![\w@.])(?:[a-z0-9][a-z0-9\-]{0,62}\.){1,4}(?P<end>[a-z]{2,24})\b(?:/\S{0,500})?", re.IGNORECASE
)
NUMBER = re.compile(
    r"(?<![\d\-])\d{3}-\d{2}-\d{4}(?![\d\-])"
    r"|(?:social(?: security)?|ssn|seguro social|student id|id number|passport|pasaporte|matr[ií]cula)"
    r"(?:\s(?:number|n[uú]mero|is|es|#|no\.?)){0,3}:?\s(?P<id>(?=[\w\- ]{0,16}\d)[\w\-]{0,4}\d[\d \-]{3,16}\d)",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"(?<![\d.])\+\d{1,3}[\s.\-]?(?:\(?\d{1,4}\)?[\s.\-]?){2,5}\d{2,4}(?!\d)"
    r"|(?<![\d.])(?:1[\s.\-])?\(?\d{3}\)?\s?[.\-\s]\s?\d{3}\s?[.\-\s]\s?\d{4}(?!\d)"
    r"|(?:(?:call|text|phone|cell|number is|number's|reach (?:me|us) at|whatsapp|tel[eé]fono|celular|n[uú]mero"
    r" es|ll[aá]mame al)"
    r"(?:\s(?:me|us|at|is|es|on|al|number|n[uú]mero)){0,3}:?\s)(?P<short>\d[\d\s.\-]{5,14}\d)"
    rf"|\b{_SPOKEN}(?:[\s,.\-]{{1,3}}(?:and\s|y\s)?{_SPOKEN}){{6,14}}\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(
    rf"\b\d{{1,5}}\s(?:[nsew]\.?\s|north |south |east |west )?(?:{_STOP}{_W}[\w'.]{{0,24}}\s){{1,3}}(?i:{_STREET})\b"
    r"(?:\.?,?\s(?:apt|apartment|unit|suite|#)\.?\s?\w{1,5})?(?:,?\s[A-Z]\w{2,20}){0,2}(?:,?\s\d{5})?"
    rf"|\b\d{{1,5}}\s(?:[A-Z][\w'.]{{1,24}}\s){{1,3}}(?:{_STREET_TOO})\b\.?(?:,?\s(?:[Aa]pt|[Aa]partment|[Uu]nit"
    rf"|#)\.?\s?\w{{1,5}})?"
    r"|\b(?i:calle|avenida|avda\.?|av\.|carrera|paseo|calzada)\s(?:de\s(?:la\s|los\s|las\s)?|del"
    r"\s)?[A-ZÁÉÍÓÚÑ\d][\wÀ-ÿ]{0,24}"
    r"(?:\s[\wÀ-ÿ]{2,24}){0,3},?\s(?:(?i:n[uú]mero|no?\.?|#)\s?)?\d{1,5}"
    rf"|(?i:\b(?:live|lives|house is|living|moved|vivo|vive|vivimos|casa est[aá])\s(?:on|at|in|en|to)\s(?:la\s"
    rf"|el\s)?)"
    rf"(?P<at>(?:\d{{1,5}}\s)?(?:[A-ZÁÉÍÓÚÑ]{_W}{{2,24}}\s?){{1,4}})"
    r"|(?i:\b(?:zip(?: code)?|c[oó]digo postal)(?:\s(?:is|es))?:?\s)(?P<zip>\d{5})(?!\d)"
)
_KIND = r"elementary|primary|middle|junior high|high|charter|prep(?:aratory)?|catholic|montessori|magnet"
_NOT_A_SCHOOL = (
    r"(?!(?:in|to|my|the|our|your|a|at|from|this|that|of|and|for|his|her|their|after|before|is|was|new|old|next"
    r"|every|"
    r"since|with|whole|start|starts|finish)\b)"
)
SCHOOL = re.compile(
    rf"\b(?:{_NOT_A_SCHOOL}{_W}[\w'.]{{1,24}}\s){{1,3}}(?:{_KIND})(?:\s(?:{_KIND}))?\s(?:school|academy)\b"
    rf"|\b(?-i:(?:[A-Z]{_W}[\w'.]{{1,24}}\s){{1,4}}(?:Elementary|Middle School|High|Prep|Academy|School|Junior"
    rf" High|Montessori))\b"
    r"|\b(?:colegio|escuela|instituto|liceo|secundaria|preparatoria|primaria)\s(?:primaria\s|secundaria\s"
    r"|t[eé]cnica\s)?"
    rf"(?-i:(?:(?:de|del|la|las|los|San|Santa|Nuestra)\s){{0,3}}[A-ZÁÉÍÓÚÑ][\wÀ-ÿ]{{2,24}}(?:\s(?:de\s|la"
    rf"\s)?[A-ZÁÉÍÓÚÑ][\wÀ-ÿ]{{1,24}}){{0,3}})",
    re.IGNORECASE,
)
HANDLE = re.compile(
    r"(?<![\w@])@\w[\w.]{2,30}"
    r"|\b(?:instagram|insta|snapchat|snap|tiktok|discord|roblox|telegram|twitter|gamertag|usuario)"
    r"(?:\s(?:name|handle|user|username|account|usuario|tag)){0,2}\s?(?:is|es|:)\s(?P<handle>\S{3,40})",
    re.IGNORECASE,
)
# In this order: an address of mail holds a domain, and a street holds numbers.
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "email": EMAIL,
    "link": LINK,
    "id": NUMBER,
    "address": ADDRESS,
    "phone": PHONE,
    "school": SCHOOL,
    "account": HANDLE,
}


def without_contact_data(text: str, kinds: Collection[str]) -> str:
    """The text with each find of these kinds replaced by its placeholder."""
    return replace_all(text, {}, kinds)


def replace_all(text: str, counts: dict[str, int], kinds: Collection[str] = tuple(PATTERNS)) -> str:
    """The text with each find replaced by its placeholder; `counts` grows by kind."""
    for kind, pattern in PATTERNS.items():
        if kind not in kinds:
            continue

        def shown(found: re.Match[str], kind: str = kind) -> str:
            counts[kind] = counts.get(kind, 0) + 1
            inner = next((part for part in found.groupdict().values() if part), None)
            return found[0].replace(inner.strip(), f"[{kind}]") if inner else f"[{kind}]"

        text = pattern.sub(shown, text)
        if kind == "link":
            text = _DOTTED.sub(lambda found: _domain(found, counts), text)
    return text


def _domain(found: re.Match[str], counts: dict[str, int]) -> str:
    if found["end"].lower() not in sure_endings():
        return found[0]
    counts["link"] = counts.get("link", 0) + 1
    return "[link]"
