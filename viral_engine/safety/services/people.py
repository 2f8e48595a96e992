"""Reviews of whole accounts: a case by the fraud score, or a reported profile."""

from datetime import datetime

from django.db.models import Q

from viral_engine.accounts.models import CohortMembership, Friendship, User
from viral_engine.accounts.services.sessions import block_account, unblock_account
from viral_engine.safety.models import BlocklistEntry
from viral_engine.safety.services.fact_query import PERSON
from viral_engine.safety.services.kinds import Record, Reporter, ReviewKind

PROFILE = "profile"


def find_person(key: str) -> User | None:
    return User.objects.filter(pk=int(key)).first() if key.isdecimal() else None


def describe_person(person: User) -> Record:
    return {"name": person.username, "role": person.role, "device": person.signup_device}


def block_person(person: User, at: datetime) -> Record:
    """Put the person on the blocklist, which also hides what they shared and closes their sockets."""
    entry, is_new = BlocklistEntry.objects.get_or_create(
        user=person, lifted_at=None, defaults={"reason": "Decided in the review queue"}
    )
    was_blocked = not block_account(user=person, at=at)
    return {"blocklist": entry.pk if is_new else None, "was_blocked": was_blocked}


def unblock_person(person: User, record: Record, at: datetime) -> None:
    """Lift what `block_person` did, and nothing that staff did otherwise."""
    BlocklistEntry.objects.filter(pk=record.get("blocklist") or 0, lifted_at=None).update(lifted_at=at)
    if not record.get("was_blocked"):
        unblock_account(user=person, at=at)


def is_met_by(person: User, reporter: Reporter) -> bool:
    """Whether the reporter meets the person here: in a cohort, or as a friend. Cost  2 queries at most."""
    if reporter.user is None or not person.is_active:
        return False
    mine = CohortMembership.objects.filter(user=reporter.user).values("cohort")
    if CohortMembership.objects.filter(user=person, cohort__in=mine).exists():
        return True
    return Friendship.objects.of(reporter.user.pk).filter(Q(low=person) | Q(high=person)).exists()


ACCOUNT_KIND = ReviewKind(
    name=PERSON,
    label="your account",
    find=find_person,
    owner_of=lambda person: int(person.pk),
    describe=describe_person,
    hide=block_person,
    restore=unblock_person,
)
PROFILE_KIND = ReviewKind(
    name=PROFILE,
    label="your profile",
    find=find_person,
    owner_of=lambda person: int(person.pk),
    describe=describe_person,
    hide=block_person,
    restore=unblock_person,
    is_shown_to=is_met_by,
)
