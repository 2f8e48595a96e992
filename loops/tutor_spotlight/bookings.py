"""Requests for a tutoring session: ask, answer, and reward the tutor once the session took place."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from loops.core.base import EarnedReward
from loops.core.decks import require_referee
from loops.core.payment_checks import is_waiting, payment_refusal
from loops.core.payouts import ledger_key, pay_rewards
from loops.core.referees import record_arrival
from loops.core.reversals import reverse
from loops.core.rewards.holds import release_reward, revoke_reward
from loops.core.rewards.lots import lock_ledger
from loops.core.safety_gate import evaluate
from loops.events import BookingAccepted, BookingDeclined, BookingRequested
from loops.models import Payout, RewardEntry
from loops.models.payout import PayoutQuerySet
from loops.rules.economy import UNTIL_FIRST_SESSION
from loops.tutor_spotlight.models import BookingRequest, BookingRequestQuerySet, Spotlight
from viral_engine.accounts.events import AccountCreated, GuestMerged, MailboxVerified
from viral_engine.accounts.models import Guardianship, Guest, User
from viral_engine.accounts.services.consent import is_child
from viral_engine.kernel.privacy.policies import PersonIds
from viral_engine.kernel.services import announce
from viral_engine.learning.events import SessionCompleted
from viral_engine.learning.models import Subject
from viral_engine.safety.services import ActionRefused, perform

LOOP, BOOK = "tutor_spotlight", "book_lesson"
BOOKING_XP = 50
HOLD = timedelta(days=7)  # then the reward is due without a logged session
CONTACT_RETENTION = timedelta(days=90)  # for contact data of a family
Status = BookingRequest.Status


class BookingRefused(Exception):
    """Nothing was written; the message is for the person."""


@dataclass(frozen=True, slots=True)
class BookingDetails:
    """The answers of a family in the form."""

    name: str
    email: str
    subject: Subject
    suits: str
    note: str
    key: UUID


def request_booking(*, spotlight: Spotlight, owner: User | Guest, wish: BookingDetails, at: datetime) -> BookingRequest:
    """Send the request to the tutor. A repeat, or a second one while the first is open, returns the first.

    Raises    OwnLinkOpened; BookingRefused for a child under 13, and when trust and safety refuses.
    Announces BookingRequested; GuestStarted, once per guest.
    """
    require_referee(spotlight.link, owner)
    try:
        if isinstance(owner, User):
            return _ask_as_member(spotlight, owner, wish, at)
        return _first_asked(spotlight, owner, wish) or _ask(spotlight, owner, wish, at)
    except (ActionRefused, IntegrityError) as lost:  # another request of the same family may have come first
        first = _first_asked(spotlight, owner, wish)
        if first is not None:
            return first
        if isinstance(lost, ActionRefused):
            raise BookingRefused(str(lost)) from lost
        raise BookingRefused("This form was used before. Open the page again.") from lost  # by another person


def _ask_as_member(spotlight: Spotlight, member: User, wish: BookingDetails, at: datetime) -> BookingRequest:
    """The check by trust and safety is logged, except for a child and for a repeat."""
    if is_too_young(member, at):
        raise BookingRefused("Ask a parent to book this for you.")
    return perform(
        user=member,
        action=BOOK,
        at=at,
        find=lambda: _first_asked(spotlight, member, wish),
        act=lambda: _ask(spotlight, member, wish, at),
        check=lambda: evaluate(member, BOOK, at).value,
    )


def _first_asked(spotlight: Spotlight, owner: User | Guest, wish: BookingDetails) -> BookingRequest | None:
    """The earlier request of this form, or of the family to this tutor; 1 or 2 queries."""
    mine = _asked_by(owner)
    return mine.filter(key=wish.key).first() or mine.live().filter(tutor=spotlight.tutor_id).first()


@transaction.atomic
def _ask(spotlight: Spotlight, owner: User | Guest, wish: BookingDetails, at: datetime) -> BookingRequest:
    booking = BookingRequest.objects.create(
        spotlight=spotlight,
        tutor_id=spotlight.tutor_id,
        user=owner if isinstance(owner, User) else None,
        guest=owner if isinstance(owner, Guest) else None,
        name=wish.name,
        email=wish.email,
        subject=wish.subject,
        suits=wish.suits,
        note=wish.note,
        discount_percent=spotlight.discount_percent,
        key=wish.key,
        requested_at=at,
    )
    record_arrival(link=spotlight.link, owner=owner, at=at)
    requested = BookingRequested(
        actor_id=booking.user_id,
        guest_id=str(booking.guest_id or ""),
        link_code=spotlight.link.code,
        loop=spotlight.link.loop_id,
        booking_id=booking.pk,
        tutor_id=spotlight.tutor_id,
    )
    announce(requested, at=at, key=f"booking:{booking.pk}")
    return booking


def _asked_by(owner: User | Guest) -> BookingRequestQuerySet:
    user, guest = (owner, None) if isinstance(owner, User) else (None, owner)
    return BookingRequest.objects.all().asked_by(user, guest)


def is_too_young(user: User, at: datetime) -> bool:
    """Children under 13 cannot leave contact data; a learner of unknown age counts as one."""
    return is_child(user, at)


def _reserve_reward(booking: BookingRequest, at: datetime) -> None:
    """Give the tutor the XP for an accepted family, on hold until a session took place; nothing for an unknown guest.

    Once per family and tutor, unless the earlier reward was revoked. The tutor's ledger is locked: of two relatives
    accepted at once, one counts.

    Cost  as `pay_rewards`, and at most 12 queries.
    """
    family = User.objects.filter(pk=booking.family_id or 0).first()
    if family is None or is_too_young(family, at):  # a child's account made in the parent's browser is no new family
        return
    if is_waiting(family, at):  # until the family proves its mailbox
        return
    link = booking.spotlight.link
    lock_ledger(booking.tutor_id)
    if _paid_for(_household_bookings(booking.tutor_id, family.pk)):
        return
    pay_rewards(
        link=link,
        referee=family,
        rewards=(EarnedReward(link.referrer, "referral_xp", BOOKING_XP, "inviter"),),
        key=_payment_key(booking.pk),
        refused_for=payment_refusal(referrer=link.referrer, referee=family),
        at=at,
        rationale="The tutor said yes. The reward waits for the session.",
        held_for=UNTIL_FIRST_SESSION,
    )


def _payment_key(booking_id: int) -> str:
    return f"{LOOP}:booking:{booking_id}"


def _household_bookings(tutor_id: int, family_id: int) -> BookingRequestQuerySet:
    """Requests of the whole family to this tutor, as members or as guests; 2 queries to find the relatives."""
    relatives = _relatives(family_id)
    theirs = Q(user__in=relatives) | Q(guest__user__in=relatives)
    return BookingRequest.objects.filter(theirs, tutor=tutor_id)


def _reward_keys(bookings: BookingRequestQuerySet) -> list[str]:
    return [ledger_key(_payment_key(pk), "inviter") for pk in bookings.values_list("pk", flat=True)]


def _paid_for(bookings: BookingRequestQuerySet) -> bool:
    """Whether one of the requests earned the reward, or its payment waits for staff. Cost  2 queries."""
    waiting = _payouts(bookings).filter(status=Payout.Status.WAITING)
    granted = RewardEntry.objects.all().not_taken_back().filter(key__in=_reward_keys(bookings))
    return waiting.exists() or granted.exists()


def _payouts(bookings: BookingRequestQuerySet) -> PayoutQuerySet:
    return Payout.objects.filter(key__in=[_payment_key(pk) for pk in bookings.values_list("pk", flat=True)])


def _relatives(user_id: int) -> set[int]:
    """The person, their children, and all guardians of these; for a child, its guardians. 2 queries."""
    ties = Guardianship.objects.of(user_id).values_list("child_id", flat=True)
    household = Guardianship.objects.filter(child__in=set(ties)).values_list("parent_id", "child_id")
    return {user_id, *(person for pair in household for person in pair)}


def pay_for_known_guest(event: AccountCreated | GuestMerged, at: datetime) -> None:
    """Reserve the reward for an accepted guest whose account is known now. A durable listener."""
    asked = BookingRequest.objects.filter(guest=UUID(event.guest_id), status=Status.ACCEPTED)
    for booking in asked.select_related("guest", "spotlight__link__referrer", "spotlight__link__loop"):
        _reserve_reward(booking, at)


def pay_for_verified_family(event: MailboxVerified, at: datetime) -> None:
    """Reserve the reward for an accepted family that proved its mailbox now. A durable listener."""
    theirs = Q(user=event.user_id) | Q(guest__user=event.user_id)
    asked = BookingRequest.objects.filter(theirs, status=Status.ACCEPTED)
    for booking in asked.select_related("guest", "spotlight__link__referrer", "spotlight__link__loop"):
        _reserve_reward(booking, at)


def release_for_session(event: SessionCompleted, at: datetime) -> None:
    """Release the tutor's reward for a family once a session with one of them is logged. A durable listener."""
    booked = _household_bookings(event.user_id, event.student_id).filter(status=Status.ACCEPTED, closed_at__lte=at)
    _release(_waiting().filter(key__in=_reward_keys(booked)), at)


def release_after_hold(*, at: datetime) -> int:
    """Release rewards that waited for a week: not every session is logged; returns how many."""
    return _release(_waiting().filter(held_at__lte=at - HOLD), at)


def _waiting() -> QuerySet[RewardEntry]:
    return RewardEntry.objects.filter(loop=LOOP, held_for=UNTIL_FIRST_SESSION)


def _release(waiting: QuerySet[RewardEntry], at: datetime) -> int:
    return sum(release_reward(key=key, at=at) for key in list(waiting.values_list("key", flat=True)))


@transaction.atomic
def answer_booking(*, booking: BookingRequest, is_accepted: bool, at: datetime) -> bool:
    """Answer the request; False when it was answered or cancelled before. A yes reserves the tutor's reward.

    Announces BookingAccepted or BookingDeclined.
    """
    status = Status.ACCEPTED if is_accepted else Status.DECLINED
    if not _close(booking, Status.REQUESTED, status, at):
        return False
    if is_accepted:
        _reserve_reward(booking, at)
    kind = BookingAccepted if is_accepted else BookingDeclined
    answered = kind(
        actor_id=booking.tutor_id,
        link_code=booking.spotlight.link.code,
        booking_id=booking.pk,
        family_id=booking.family_id,
    )
    return announce(answered, at=at, key=f"booking_answered:{booking.pk}")


@transaction.atomic
def cancel_booking(*, booking: BookingRequest, at: datetime) -> bool:
    """Cancel the request and revoke the tutor's XP for it; False when it was answered before."""
    if not _close(booking, Status.REQUESTED, Status.CANCELLED, at):
        return False
    family_id = booking.family_id
    if family_id is None or _household_bookings(booking.tutor_id, family_id).live().exists():
        return True  # another relative's request is still open
    asked = _household_bookings(booking.tutor_id, family_id)
    reverse(_payouts(asked), at)
    granted = RewardEntry.objects.all().not_taken_back().filter(key__in=_reward_keys(asked))  # without a payout
    for key in list(granted.values_list("key", flat=True)):
        revoke_reward(key=key, reason="The family took the request back", at=at)
    return True


def _close(booking: BookingRequest, before: str, status: str, at: datetime) -> bool:
    mine = BookingRequest.objects.filter(pk=booking.pk, status=before)
    return bool(mine.update(status=status, closed_at=at))


def forget_person(person: PersonIds, at: datetime) -> None:
    """Erase the contact data and notes of an erased account's requests, and cancel the open ones."""
    about = Q(user=person.user_id) | Q(guest__user=person.user_id) | Q(tutor=person.user_id)
    _forget(BookingRequest.objects.filter(about), at)


def purge_bookings(*, at: datetime) -> int:
    """Erase contact data and notes of requests older than 90 days; returns how many."""
    return _forget(BookingRequest.objects.exclude(email="").filter(requested_at__lt=at - CONTACT_RETENTION), at)


def _forget(which: BookingRequestQuerySet, at: datetime) -> int:
    """2 statements."""
    mine = BookingRequest.objects.filter(pk__in=which.values("pk"))  # an update cannot join
    mine.filter(status=Status.REQUESTED).update(status=Status.CANCELLED, closed_at=at)
    return mine.update(name="", email="", suits="", note="")
