"""Ages, names and consent as pure functions."""

from collections.abc import Collection
from datetime import date

ADULT_AGE = 18
COPPA_AGE = 13  # 16 CFR 312.2: a child is an individual under 13
OLDEST_AGE = 120

# What a parent reads and agrees to, wherever it is shown. Evidence names the version: change both together.
CONSENT_TEXT_VERSION = "2026-11"
CONSENT_WORDS = {
    "coppa": "my child uses challenges and rooms, and is seen there by first name or username.",
    "ferpa": "my child may share their own results with friends and family.",
    "third_party": (
        "text from tutoring may be sent to an AI provider, with names removed. The service works without it."
    ),
}


def age_on(birthdate: date, day: date) -> int:
    """Whole years lived on `day`; somebody born on 29 February has a birthday on 1 March in other years."""
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))


def roles_open_to(age: int) -> tuple[str, ...]:
    """Adults choose any role; everybody younger is a learner."""
    return ("student", "parent", "tutor") if age >= ADULT_AGE else ("student",)


def needs_consent(age: int | None) -> bool:
    """An unknown age on a learner counts as under 13: deny by default."""
    return age is None or age < COPPA_AGE


def is_minor(age: int | None) -> bool:
    """Whom a parent still answers for; an unknown age counts as one of these."""
    return age is None or age < ADULT_AGE


def public_name(*, first_name: str, age: int | None, has_disclosure_consent: bool) -> str:
    """The name an outsider may read on a shared page: a minor's only with consent, never a last name."""
    is_adult = age is not None and age >= ADULT_AGE
    return first_name if first_name and (is_adult or has_disclosure_consent) else "A friend"


def folded_email(email: str) -> str:
    """One spelling per mailbox, for spotting a second account: no +tag, no dots, lower case."""
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def may_be_friends(age: int | None, other_age: int | None) -> bool:
    """Two minors, or two adults: nobody of age befriends somebody who is not. An unknown age is a minor's."""
    return (age is not None and age >= ADULT_AGE) == (other_age is not None and other_age >= ADULT_AGE)


def pair(a: int, b: int) -> tuple[int, int]:
    """The one order in which two people are stored."""
    return (a, b) if a < b else (b, a)


def may_practice_only(age: int | None, consents: Collection[str]) -> bool:
    """The pending state of a child without a parent's consent."""
    return needs_consent(age) and "coppa" not in consents
