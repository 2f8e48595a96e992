"""Dates as people say them in a session, read from the day of the session."""

import re
from datetime import date, timedelta

_DAYS = {
    name: number
    for number, names in enumerate(
        ("monday lunes", "tuesday martes", "wednesday miércoles miercoles", "thursday jueves", "friday viernes",
         "saturday sábado sabado", "sunday domingo")
    )
    for name in names.split()
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january enero", "february febrero", "march marzo", "april abril", "may mayo", "june junio", "july julio",
         "august agosto", "september septiembre", "october octubre", "november noviembre", "december diciembre"), 1
    )
    for name in names.split()
}  # fmt: skip
_NUMBERS = {
    "one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10,
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "diez": 10,
}  # fmt: skip
_DAY = re.compile(
    rf"\b(?P<next>next|pr[oó]ximo)?\s?\b(?P<day>{'|'.join(_DAYS)})\b(?P<after>\sque viene|\sof next week)?",
    re.IGNORECASE,
)
_MONTH = "|".join(_MONTHS)
_ON = re.compile(
    rf"\b(?:(?P<month>{_MONTH})\s(?:the\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"\s(?:of|de)\s(?P<month2>{_MONTH}))\b",
    re.IGNORECASE,
)
_IN = re.compile(
    rf"\b(?:in|en|dentro de)\s(?P<count>\d{{1,2}}|{'|'.join(_NUMBERS)})\s(?P<unit>days?|weeks?|d[ií]as?|semanas?)\b",
    re.IGNORECASE,
)
_TOMORROW = re.compile(
    r"\b(?:(?P<after>day after tomorrow|pasado ma[ñn]ana)|tomorrow|(?<!la )(?<!por la )ma[ñn]ana)\b", re.IGNORECASE
)
WEEK = 7


def spoken_date(text: str, said_on: date) -> date | None:
    """The first date in the text, on or after the day it was said; None without one or when it cannot exist."""
    if found := _IN.search(text):
        count = found["count"].lower()
        days = int(count) if count.isdigit() else _NUMBERS[count]
        return said_on + timedelta(days=days * (WEEK if found["unit"].lower()[0] in "ws" else 1))
    if found := _ON.search(text):
        return _next(_MONTHS[(found["month"] or found["month2"]).lower()], int(found["day"] or found["day2"]), said_on)
    if found := _DAY.search(text):
        day = _DAYS[found["day"].lower()] - said_on.weekday()
        is_of_next_week = (found["after"] or "").endswith("next week")
        return said_on + timedelta(days=day + WEEK if is_of_next_week else day % WEEK or WEEK)
    if found := _TOMORROW.search(text):
        return said_on + timedelta(days=2 if found["after"] else 1)
    return None


def _next(month: int, day: int, said_on: date) -> date | None:
    """The next such day of a year."""
    for year in (said_on.year, said_on.year + 1):
        try:
            on = date(year, month, day)
        except ValueError:
            continue
        if on >= said_on:
            return on
    return None
