"""Ages, names and consent as pure functions."""

from collections.abc import Collection
from datetime import date

ADULT_AGE = 18
COPPA_AGE = 13  # COPPA protects children under 13
MAX_AGE = 120

# The text a parent agrees to. Consent records store the version: change text and version together.
CONSENT_TEXT_VERSION = "2026-11"
CONSENT_TEXTS = {
    "coppa": "my child uses challenges and rooms, and is seen there by first name or username.",
    "ferpa": "my child may share their own results with friends and family.",
    "third_party": (
        "text from tutoring may be sent to an AI provider, with names removed. The service works without it."
    ),
}


def age_on(birthdate: date, day: date) -> int:
    """Whole years of age on `day`. A birthday on 29 February falls on 1 March in other years."""
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))


def roles_open_to(age: int) -> tuple[str, ...]:
    """Roles a person may choose: any for adults, learner for minors."""
    return ("student", "parent", "tutor") if age >= ADULT_AGE else ("student",)


def needs_consent(age: int | None) -> bool:
    """Whether the law asks for a parent's consent. An unknown age counts as under 13: deny by default."""
    return age is None or age < COPPA_AGE


def is_minor(age: int | None) -> bool:
    """Whether a parent decides for this person. A person of unknown age counts as a minor."""
    return age is None or age < ADULT_AGE


def public_name(*, first_name: str, age: int | None, has_disclosure_consent: bool) -> str:
    """The name shown to outsiders on a shared page: a minor's only with consent, never a last name."""
    is_adult = age is not None and age >= ADULT_AGE
    return first_name if first_name and (is_adult or has_disclosure_consent) else "A friend"


def canonical_email(email: str) -> str:
    """One spelling per mailbox, to detect second accounts: lower case, no dots, no +tag."""
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def may_be_friends(age: int | None, other_age: int | None) -> bool:
    """Whether both are minors or both are adults. A person of unknown age counts as a minor."""
    return (age is not None and age >= ADULT_AGE) == (other_age is not None and other_age >= ADULT_AGE)


def ordered_pair(a: int, b: int) -> tuple[int, int]:
    """The two ids in storage order: smaller first."""
    return (a, b) if a < b else (b, a)


def is_practice_only(age: int | None, consents: Collection[str]) -> bool:
    """Whether a child has no parent's consent yet and may only practice alone."""
    return needs_consent(age) and "coppa" not in consents
