"""Reviews of whole accounts: a case by the fraud score, or a reported profile."""

from datetime import datetime

from django.db.models import Q

from viral_engine.accounts.models import CohortMembership, Friendship, User
from viral_engine.accounts.services.consent import SIGN_UP, sign_up_verdict_of
from viral_engine.accounts.services.sessions import block_account, unblock_account
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions
from viral_engine.safety import rules
from viral_engine.safety.services.fact_query import PERSON
from viral_engine.safety.services.kinds import Record, Reporter, ReviewKind

PROFILE = "profile"


def find_person(key: str) -> User | None:
    return User.objects.filter(pk=int(key)).first() if key.isdecimal() else None


def describe_person(person: User) -> Record:
    return {"name": person.username, "role": person.role, "device": person.signup_device}


def block_person(person: User, at: datetime) -> Record:
    """Block the account, which also hides what the person shared and closes their sockets."""
    verdict = _replace_verdict(person, rules.BLOCK, "Rejected in the review queue.", at)
    return {"was_blocked": not block_account(user=person, at=at), "verdict": verdict}


def unblock_person(person: User, record: Record, at: datetime) -> None:
    """Take back what `block_person` did, and nothing that staff did otherwise."""
    if not record.get("was_blocked"):
        unblock_account(user=person, at=at)
    restore_verdict(person, record, at)


def release_person(person: User, at: datetime) -> Record:
    """Replace the verdict about the sign-up: a parent whose account waited may give consent from now on."""
    return {"verdict": _replace_verdict(person, rules.ALLOW, "Approved in the review queue.", at)}


def restore_verdict(person: User, record: Record, at: datetime) -> None:
    if record.get("verdict"):
        _replace_verdict(person, record["verdict"], "A decision of the review queue was taken back.", at)


def _replace_verdict(person: User, outcome: str, rationale: str, at: datetime) -> str:
    """Log staff's verdict about the sign-up, which is the one in force now; the verdict before, empty for none.

    Cost  2 statements.
    """
    before = sign_up_verdict_of(person)
    record_decisions(
        Decision(
            agent=TRUST_AND_SAFETY.key,
            actor_id=person.pk,
            type=SIGN_UP,
            outcome=outcome,
            rationale=rationale,
            decided_at=at,
        )
    )
    return before


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
    release=release_person,
    recall=restore_verdict,
)
# Not a second name of the account: staff who find a profile in order have not seen the signals of a fraud case.
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
