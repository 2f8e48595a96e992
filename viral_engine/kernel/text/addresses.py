"""Street addresses in a text's readings, in English and Spanish."""

import re

from viral_engine.kernel.text.spelled_numbers import with_digits

# "10 miles of road" and "3 students drive" are no addresses.
_STREET_WORD = (
    r"(?!(?:is|are|was|were|the|of|a|an|miles?|km|kilometers?|meters?|feet|people|students?|cars?|per|to|in|on|and|or|"
    r"times|different|cm|mm|ft|kg|more|each|every|for|from|by|down|up|long|hours?|minutes?|days?|weeks?|blocks?|kids|trees|lanes?|"
    r"wide|at|with|way|percent|dollars?|cents?|points?|questions?|st|nd|rd|th)\b)[a-z'.]{2,20}"
)
_WORDS_TOO = r"(?:st|dr|ct|court|pl|place|way|circle|cir|square|sq)"  # of a lesson
_ENDS = r"(?=[.,]?\s(?:apt|unit|near|[a-z]{2,15},? \d{5})|,\s|[.!]?$)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        (
            rf"\b\d{{1,5}}[a-z]?,?\s{{1,2}}(?:{_STREET_WORD}\s{{1,2}}){{1,3}}"
            r"(?:street|str|avenue|ave|road|rd|lane|ln|drive|boulevard|blvd|terrace|highway|hwy|parkway|crescent|apt)\b"
        ),
        (
            rf"\b\d{{1,5}}[a-z]?,?\s{{1,2}}(?:(?:north|south|east|west|n|s|e|w)\s)?(?!more\b|easy\b|hard\b|big\b|small\b|new\b)"
            rf"{_STREET_WORD}\s{_WORDS_TOO}\b{_ENDS}"
        ),
        (
            r"\b(?:calle|avenida|avda|av|plaza|paseo|carrera|camino|carretera|colonia|c/)\.?\s{0,2}"
            r"(?:de |del |la |los ){0,3}(?!(?:tiene|hay|es|mide|con|y|son|a|en|que|donde)\b)"
            r"[^\W\d_]{2,20}(?:\s[^\W\d_]{2,20}){0,2},?\s{0,2}"
            r"(?:numero|num|no|nro|n|#)?\.?\s{0,2}\d{1,5}\b"
        ),
        r"\b(?:calle|cll|avenida|carrera|cra|transversal|diagonal)\s\d{1,3}[a-z]?\s(?:numero|num|no|nro|n|#)\.?\s?\d{1,4}",
        r"\b(?:my|our|mi) (?:home |house )?(?:address|direccion|adress) (?:is|es|:)|\bapt\.? ?#?\d{1,4}[a-z]?\b",
        r"\bmy (?:house|home) is (?:at |number |on )?\d",
        (
            r"\bi ?'?(?:m|am)? ?liv(?:e|ing) (?:at|on) (?:the )?(?:corner|\d|[a-z0-9]{2,20} "
            r"(?:street|st|road|rd|ave|avenue|lane|ln|drive|blvd)\b)"
        ),
        r"\bvivo en (?:la |el )?(?:calle|avenida|av|plaza|casa \d|numero|c/)",
    )
)


# "i go to high school" names none.
_NO_SCHOOL = (
    r"(?!(?:a|an|the|my|our|your|this|that|another|any|big|small|new|old|same|good|nice|middle|high|elementary|primary|"
    r"junior|senior|bed|work|in|to|after|before|with|public|private|every|next)\b)"
)
_SCHOOL = re.compile(
    r"\b(?:(?:i|we) go to|i'?m (?:at|in|from|going to)|i am (?:at|in|from)|my school is(?: called)?|i attend|"
    r"go to)\s{1,2}"
    rf"{_NO_SCHOOL}[a-z'.]{{3,20}}(?:\s[a-z'.]{{2,20}}){{0,2}}?\s"
    r"(?:middle|elementary|high|primary|junior high|academy|prep)\b"
    r"|\b(?:voy a|estudio en|estoy en) (?:la |el )?(?:escuela|colegio|instituto|liceo)(?: primaria| secundaria)? "
    r"(?!(?:en|con|a|por|y|cada|de|del|hoy|los|las|el|la|todos|primaria|secundaria|publica|privada|nueva|manana|para|"
    r"pero|porque|temprano|tarde|sin|que|cuando|todo|solo)\b)[a-z]{3,20}"
)


def has_address(text: str) -> bool:
    """Whether a street or the person's school is named, also with the number in words: twelve maple street."""
    if _SCHOOL.search(text):
        return True
    return any(pattern.search(one) for one in {text, with_digits(text)} for pattern in _PATTERNS)
