"""Ages, names and consent as pure functions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

ADULT_AGE = 18
COPPA_AGE = 13  # COPPA protects children under 13
MAX_AGE = 120

# The text a parent agrees to. Consent records store the version: change text and version together.
CONSENT_TEXT_VERSION = "2026-12"
CONSENT_TEXTS = {
    "coppa": "my child uses challenges and rooms, and is seen there by a made-up username.",
    "disclosure": (
        "my child may chat in the cohort room, appear on boards, and be named by first name in what they share."
    ),
    "ferpa": "my child may share their own results with friends and family.",
    "third_party": (
        "text from tutoring may be sent to an AI provider, with names removed. The service works without it."
    ),
}


# An answer by mail or with a password is not enough for these (16 CFR 312.5).
VERIFIED_KINDS = frozenset({"disclosure"})


def consent_text_hash(kind: str) -> str:
    """SHA-256 of the text that a parent agrees to; the consent record keeps it."""
    return sha256(CONSENT_TEXTS[kind].encode()).hexdigest()


def age_on(birthdate: date, day: date) -> int:
    """Whole years of age on `day`. A birthday on 29 February falls on 1 March in other years."""
    return day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))


def born_by(age: int, day: date) -> date:
    """The latest birthdate of people who are at least this old on `day`, as `age_on` counts."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # on 29 February of a year that has none
        return day.replace(year=day.year - age, day=28)


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


def peer_name(*, first_name: str, username: str, is_named: bool) -> str:
    """The name that other learners read: the first name, or the username of a person without one.

    `is_named` is false for a child under 13 whose parent is not verified.
    """
    return (first_name if is_named else "") or username


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


class ConsentState(StrEnum):
    """Where a parent's consent to use with others stands."""

    NOT_NEEDED = "not_needed"
    AGREED = "agreed"
    NEVER_ASKED = "never_asked"
    ASKED = "asked"
    REFUSED = "refused"  # a parent answered without agreeing to this
    WITHDRAWN = "withdrawn"

    @property
    def practices_alone(self) -> bool:
        return self not in {ConsentState.NOT_NEEDED, ConsentState.AGREED}

    @property
    def words(self) -> "ConsentWords":
        """How a child reads about it; empty words when nothing is missing."""
        return CONSENT_WORDS.get(self, NO_WORDS)


@dataclass(frozen=True, slots=True)
class ConsentWords:
    headline: str
    why: str
    until: str  # begins a sentence about what is possible meanwhile
    wait: str  # ends a sentence about what comes later
    hint: str

    @property
    def explained(self) -> str:
        return f"{self.why} {self.hint}"

    @property
    def once(self) -> str:
        return self.wait.replace("until", "once", 1)

    @property
    def full(self) -> str:
        return f"{self.headline}. {self.explained}" if self.headline else ""


NO_WORDS = ConsentWords("", "", "", "", "")
_FIRST, _ON_YOUR_OWN = "A parent has to say yes first", "You practice on your own for now"
_TALK = "Talk to them if you would like to change that."
_YES = "until your parent says yes"
CONSENT_WORDS = {
    ConsentState.NEVER_ASKED: ConsentWords(
        _FIRST,
        "Your parent has not said yes yet.",
        "Until they say yes",
        _YES,
        "We have not asked them. Ask a parent to say yes and to write to us.",
    ),
    ConsentState.ASKED: ConsentWords(
        _FIRST, "We wrote to your parent.", "Until they say yes", _YES, "Ask them to answer our e-mail."
    ),
    ConsentState.REFUSED: ConsentWords(
        _ON_YOUR_OWN, "Your parent decided that you practice on your own.", "For now", "until a parent agrees", _TALK
    ),
    ConsentState.WITHDRAWN: ConsentWords(
        _ON_YOUR_OWN, "Your parent took back their yes.", "For now", "until a parent agrees again", _TALK
    ),
}


def consent_state(
    *, is_needed: bool, has_consent: bool, had_consent: bool, was_asked: bool, was_answered: bool
) -> ConsentState:
    """The state from its facts; `had_consent` counts withdrawn consents too."""
    if not is_needed:
        return ConsentState.NOT_NEEDED
    if has_consent:
        return ConsentState.AGREED
    if had_consent:
        return ConsentState.WITHDRAWN
    if not was_asked:
        return ConsentState.NEVER_ASKED
    return ConsentState.REFUSED if was_answered else ConsentState.ASKED
