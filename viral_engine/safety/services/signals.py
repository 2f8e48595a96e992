"""Facts of the fraud score, and the rows that keep them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q, QuerySet

from viral_engine.accounts.events import AccountCreated, MailboxVerified
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.rules import ConsentState, canonical_email, consent_state, needs_consent
from viral_engine.accounts.services.consent import is_child
from viral_engine.kernel.client_identity import keyed_hashes
from viral_engine.kernel.clock import today
from viral_engine.kernel.privacy.policies import PersonIds
from viral_engine.safety import rules
from viral_engine.safety.models import (
    BlocklistEntry,
    DeviceFlag,
    MailboxKey,
    ReferralEdge,
    ReviewItem,
    ReviewStep,
)
from viral_engine.safety.services.fact_query import Columns, read_row

CONSENT_FACTS = ("has_consent", "had_consent", "was_asked", "was_answered")  # the arguments of `consent_state`


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """All that one check of a person's action reads."""

    usage: rules.Usage
    risk: rules.RiskFacts
    is_blocked: bool = False  # the account, or a device of the person
    is_in_review: bool = False  # a case of the account waits already
    is_cleared: bool = False
    consent: ConsentState = ConsentState.NOT_NEEDED
    consents: frozenset[str] = frozenset()


def read_facts(user: User, action: str, at: datetime) -> PersonFacts:
    """Read the facts of one person and action; an account that is not stored has none. Cost  1 query."""
    row = read_row(user.pk, action, at, with_consent=needs_consent(user.age_on(today(at))))
    states = {name: bool(row.get(name)) for name in CONSENT_FACTS}
    given = {"coppa": row.get("has_consent"), "disclosure": row.get("is_published"), "ferpa": row.get("has_ferpa")}
    return PersonFacts(
        usage=rules.Usage(last_day=row.get("last_day", 0), last_hour=row.get("last_hour", 0)),
        risk=_risk_facts(user, row, at),
        is_blocked=bool(row.get("is_blocked")),
        is_in_review=bool(row.get("is_in_review")),
        is_cleared=bool(row.get("is_cleared")),
        consent=consent_state(is_needed=is_child(user, at), **states),
        consents=frozenset(kind for kind, is_given in given.items() if is_given),
    )


def _risk_facts(user: User, row: Columns, at: datetime) -> rules.RiskFacts:
    return rules.RiskFacts(
        device_level=row.get("device_level") or "",
        is_disposable=rules.is_disposable(user.email or ""),
        shares_mailbox=bool(row.get("shares_mailbox")),
        shares_device=bool(row.get("shares_device")),
        neighbors=row.get("neighbors", 0),
        depth=row.get("depth", 0),
        referrals=row.get("referrals", 0),
        checks=row.get("checks", 0),
        is_reported=bool(row.get("is_reported")),
        is_new=at - user.date_joined < rules.NEW_FOR,
        # A child under 13 has no mailbox; a parent's stands in for it.
        is_unverified=not is_child(user, at) and not row.get("is_verified"),
    )


def unblocked_people(at: datetime) -> QuerySet[User]:
    """Accounts that staff blocked in no way: open, and on no device that is listed or flagged high.

    As `PersonFacts.is_blocked` and a device level of "high", for a statement about many people.
    """
    flagged = DeviceFlag.objects.filter(level=DeviceFlag.Level.HIGH).values("device")
    listed = BlocklistEntry.objects.in_force(at).values("device")
    on_these = Q(signup_device__in=flagged) | Q(signup_device__in=listed)
    guests = Guest.objects.filter(Q(device__in=flagged) | Q(device__in=listed), user=OuterRef("pk"))
    return User.objects.filter(blocked_at=None, is_active=True).exclude(on_these | Q(Exists(guests)))


# -- The rows ------------------------------------------------------------------------------------------------
def keep_mailboxes(user: User, at: datetime) -> None:
    """Keep the keyed hashes of the mailboxes that the person claims or proved; a dropped claim leaves no row.

    Cost  3 statements, 1 more for claims and 1 more for proofs.
    """
    addresses = {user.email: False} if user.email else {}
    addresses |= dict(EmailAddress.objects.filter(user=user).values_list("email", "verified"))
    claimed = {key for address in addresses for key in mailbox_keys(address)}
    proved = {key for address, is_proved in addresses.items() if is_proved for key in mailbox_keys(address)}
    mine = MailboxKey.objects.filter(user=user)
    mine.filter(proved_at=None).exclude(key__in=claimed).delete()
    MailboxKey.objects.bulk_create((MailboxKey(user=user, key=key) for key in claimed), ignore_conflicts=True)
    mine.filter(key__in=proved, proved_at=None).update(proved_at=at)


def mailbox_keys(address: str) -> list[str]:
    """The hashes of a mailbox: under the site's key, and under each earlier key, as older rows have them."""
    return keyed_hashes("mailbox", canonical_email(address))


def is_second_account(user: User) -> bool:
    """Whether another account proved this person's mailbox before, in whatever spelling. Cost  1 query."""
    return MailboxKey.objects.filter(user=user).proved_earlier_by_others().exists()


def share_a_proven_mailbox(people: Iterable[int], user: User) -> bool:
    """Whether one of the people proved a mailbox that this person claims or proved. Cost  1 query."""
    proved = MailboxKey.objects.filter(user__in=list(people), proved_at__isnull=False)
    return proved.filter(key__in=MailboxKey.objects.filter(user=user).values("key")).exists()


def note_new_mailbox(event: AccountCreated, at: datetime) -> None:
    """Keep the hash of a new account's mailbox. A durable listener that runs before the sign-up is attributed."""
    keep_mailboxes(User.objects.get(pk=event.user_id), at)


def note_verified_mailbox(event: MailboxVerified, at: datetime) -> None:
    """Keep the hash of a mailbox that its owner proved. A durable listener."""
    keep_mailboxes(User.objects.get(pk=event.user_id), at)


def note_referral(*, referee_id: int, referrer_id: int, depth: int, at: datetime) -> None:
    """Note who brought a person, for the fraud score; a person is brought once. Cost  1 statement."""
    edge = ReferralEdge(referee_id=referee_id, referrer_id=referrer_id, depth=depth, at=at)
    ReferralEdge.objects.bulk_create([edge], ignore_conflicts=True)


def forget_cases(person: PersonIds, _: datetime) -> None:
    """Take the evidence and the words from cases about an erased person; the cases stay, by number."""
    cases = ReviewItem.objects.about(person.user_id)
    cases.update(evidence={}, note="", appeal="")
    ReviewStep.objects.filter(item__in=cases).update(note="")
