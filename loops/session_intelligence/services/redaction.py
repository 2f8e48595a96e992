"""A session's transcript as everything behind the first stage reads it: with roles, without names."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loops.session_intelligence.rules.extractive import RoleCue
from viral_engine.accounts.models import Friendship, User
from viral_engine.kernel.text.redaction import KnownName, Redactor
from viral_engine.kernel.text.redaction.names import folded
from viral_engine.learning.models import TutoringSession
from viral_engine.learning.rules.cues import Cue, read_cues

_GENERIC = re.compile(r"(?:speaker|voice|person|unknown|hablante|participante?)\s?[\w-]{0,3}", re.IGNORECASE)
_TUTOR = frozenset(["tutor", "tutora", "teacher", "coach", "profesor", "profesora", "maestro", "maestra", "profe"])
_STUDENT = frozenset(["student", "learner", "pupil", "child", "alumno", "alumna", "estudiante"])


@dataclass(frozen=True, slots=True)
class RedactedTranscript:
    cues: tuple[RoleCue, ...]
    counts: dict[str, int]


def redacted_transcript(session: TutoringSession) -> RedactedTranscript:
    """The transcript with roles and placeholders; the same session always gives the same text.

    Cost    2 queries: parents, friends.
    Raises  NotATranscript for a text of an older release that is none.
    """
    cues = read_cues(session.transcript, session.transcript_kind)
    roles = roles_of(cues, session)
    redactor = Redactor(known_names(session, cues, roles))
    counts: Counter[str] = Counter()
    found = []
    for cue in cues:
        redacted = redactor.redact(cue.text)
        counts.update(redacted.counts)
        found.append(RoleCue(cue.number, roles.get(cue.speaker, ""), redacted.text))
    return RedactedTranscript(tuple(found), dict(counts))


def known_names(session: TutoringSession, cues: Sequence[Cue], roles: dict[str, str]) -> list[KnownName]:
    """The names of everybody we know around the student, and the labels of the speakers. 2 queries."""
    parents = User.objects.filter(guardianships__child=session.student_id)
    friends = User.objects.filter(pk__in=Friendship.objects.friend_ids(session.student_id))
    known = [
        *_names([session.student], "[student]"),
        *_names([session.tutor], "[tutor]"),
        *_names(parents, "[parent]"),
        *_names(friends, "[friend]"),
    ]
    placeholder = {"student": "[student]", "tutor": "[tutor]"}
    labels = dict.fromkeys(cue.speaker for cue in cues if cue.speaker)
    return known + [
        KnownName(label, placeholder.get(roles.get(label, ""), "[speaker]"))
        for label in labels
        if not _is_generic(label)
    ]


def _names(people: Iterable[User], placeholder: str) -> list[KnownName]:
    names = ((person.first_name, person.last_name, person.username) for person in people)
    return [KnownName(name, placeholder) for one in names for name in one if name]


def _is_generic(label: str) -> bool:
    return _GENERIC.fullmatch(label) is not None or folded(label) in _TUTOR | _STUDENT


def roles_of(cues: Sequence[Cue], session: TutoringSession) -> dict[str, str]:
    """The role of each speaker's label. Of two people, the one who is not known is the other of the two."""
    words = Counter[str]()
    for cue in cues:
        words[cue.speaker] += len(cue.text.split())
    words.pop("", None)
    roles = {label: _role(label, session) for label in words}
    unknown = [label for label, role in roles.items() if not role]
    if len(words) == 2 and unknown:  # noqa: PLR2004  (a tutor and a student)
        known = {role for role in roles.values() if role}
        if len(unknown) == 1:
            roles[unknown[0]] = "student" if "tutor" in known else "tutor"
        else:
            roles[unknown[0]], roles[unknown[1]] = _by_words(unknown, words)
        return roles
    return {label: role or "other" for label, role in roles.items()}


def _by_words(labels: Sequence[str], words: Counter[str]) -> tuple[str, str]:
    """Of two unknown people, the one who talks more is the tutor."""
    return ("tutor", "student") if words[labels[0]] >= words[labels[1]] else ("student", "tutor")


def _role(label: str, session: TutoringSession) -> str:
    parts = set(folded(label).split())
    for role, person, generic in (("tutor", session.tutor, _TUTOR), ("student", session.student, _STUDENT)):
        names = {folded(name) for name in (person.first_name, person.last_name, person.username) if name}
        if parts & (names | generic):
            return role
    return ""
