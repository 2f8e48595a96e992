"""Requests for a tutoring session: try the tutor's questions, request, answer, and reward the tutor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from loops.core.attribution import self_referral_reason
from loops.core.base import EarnedReward
from loops.core.payouts import ledger_key, pay_rewards
from loops.core.referees import OwnLinkOpened, record_arrival
from loops.core.rewards.holds import revoke_reward
from loops.core.rewards.lots import lock_ledger
from loops.core.safety_gate import evaluate
from loops.events import BookingAccepted, BookingDeclined, BookingRequested
from loops.models import RewardEntry
from loops.tutor_spotlight.models import BookingRequest, BookingRequestQuerySet, Spotlight
from viral_engine.accounts.events import AccountCreated, AccountErased, GuestMerged
from viral_engine.accounts.models import Guardianship, Guest, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.services import announce, record_decisions
from viral_engine.learning.models import Attempt, Subject
from viral_engine.learning.services.decks import start_deck
from viral_engine.safety.services import ActionRefused

BOOKING_XP = 50
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


@transaction.atomic
def try_out(*, spotlight: Spotlight, owner: User | Guest, at: datetime) -> Attempt:
    """Start the person's one attempt at the tutor's questions; a repeat returns it.

    Raises    OwnLinkOpened; DeckClosed once the link has expired.
    Announces GuestStarted, once per guest.
    """
    _require_somebody_else(spotlight, owner)
    attempt = start_deck(deck=spotlight.deck, owner=owner, link_code=spotlight.link.code, at=at)
    record_arrival(link=spotlight.link, owner=owner, at=at)
    return attempt


def request_booking(*, spotlight: Spotlight, owner: User | Guest, wish: BookingDetails, at: datetime) -> BookingRequest:
    """Send the request to the tutor. A repeat, or a second one while the first is open, returns the first.

    The tutor is paid at once for a member, and for a guest once they have an account.

    Raises    OwnLinkOpened; BookingRefused for a child under 13, and when trust and safety refuses.
    Announces BookingRequested; GuestStarted, once per guest.
    """
    _require_somebody_else(spotlight, owner)
    first = _first_asked(spotlight, owner, wish)
    if first is not None:
        return first
    try:
        if isinstance(owner, User):
            _require_allowed(owner, at)
        with transaction.atomic():
            return _ask(spotlight, owner, wish, at)
    except (BookingRefused, IntegrityError) as lost:  # another request of the same family may have come first
        first = _first_asked(spotlight, owner, wish)
        if first is not None:
            return first
        if isinstance(lost, BookingRefused):
            raise
        raise BookingRefused("This form was used before. Open the page again.") from lost  # by another person


def _first_asked(spotlight: Spotlight, owner: User | Guest, wish: BookingDetails) -> BookingRequest | None:
    """The earlier request of this form, or of the family to this tutor; 1 or 2 queries."""
    mine = _asked_by(owner)
    return mine.filter(key=wish.key).first() or mine.live().filter(tutor=spotlight.tutor_id).first()


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
    if isinstance(owner, User):
        _pay_tutor(booking, owner, at)
    return booking


def _asked_by(owner: User | Guest) -> BookingRequestQuerySet:
    user, guest = (owner, None) if isinstance(owner, User) else (None, owner)
    return BookingRequest.objects.all().asked_by(user, guest)


def _require_somebody_else(spotlight: Spotlight, owner: User | Guest) -> None:
    if isinstance(owner, User) and owner.pk == spotlight.tutor_id:
        raise OwnLinkOpened


def is_too_young(user: User, at: datetime) -> bool:
    """Children under 13 cannot leave contact data; a learner of unknown age counts as one."""
    return user.role == Role.STUDENT and needs_consent(user.age_on(at.date()))


def _require_allowed(user: User, at: datetime) -> None:
    """2 statements: the check is logged either way."""
    if is_too_young(user, at):
        raise BookingRefused("Ask a parent to book this for you.")
    verdict = evaluate(user, "book_lesson", at).value
    if verdict is None:  # without a safety check nothing is sent
        raise BookingRefused(str(ActionRefused("unchecked")))
    record_decisions(verdict.decision)
    if verdict.reason:
        raise BookingRefused(str(verdict.refusal))


def _pay_tutor(booking: BookingRequest, family: User, at: datetime) -> None:
    """Pay once per family and tutor, unless the earlier payment was revoked.

    The tutor's ledger is locked: two relatives who ask at once are paid for once.

    Cost  as `pay_rewards`, and at most 5 queries.
    """
    link = booking.spotlight.link
    lock_ledger(booking.tutor_id)
    if _paid_for(_household_bookings(booking, family.pk)):
        return
    pay_rewards(
        link=link,
        referee=family,
        rewards=(EarnedReward(link.referrer, "referral_xp", BOOKING_XP, "inviter"),),
        key=_payment_key(booking.pk),
        refused_for=self_referral_reason(referrer=link.referrer, referee=family),
        at=at,
    )


def _payment_key(booking_id: int) -> str:
    return f"tutor_spotlight:booking:{booking_id}"


def _household_bookings(booking: BookingRequest, family_id: int) -> BookingRequestQuerySet:
    """Requests of the whole family to this tutor, as members or as guests; 2 queries to find the relatives."""
    relatives = _relatives(family_id)
    theirs = Q(user__in=relatives) | Q(guest__user__in=relatives)
    return BookingRequest.objects.filter(theirs, tutor=booking.tutor_id)


def _paid_for(bookings: BookingRequestQuerySet) -> bool:
    keys = [ledger_key(_payment_key(pk), "inviter") for pk in bookings.values_list("pk", flat=True)]
    return RewardEntry.objects.filter(key__in=keys).exclude(closed_by__cause=RewardEntry.Cause.REVERSAL).exists()


def _relatives(user_id: int) -> set[int]:
    """The person, their children, and all guardians of these; for a child, its guardians. 2 queries."""
    ties = Guardianship.objects.of(user_id).values_list("child_id", flat=True)
    household = Guardianship.objects.filter(child__in=set(ties)).values_list("parent_id", "child_id")
    return {user_id, *(person for pair in household for person in pair)}


def pay_for_known_guest(event: AccountCreated | GuestMerged, at: datetime) -> None:
    """Pay for the booking of a guest whose account is known now. A durable listener."""
    family = User.objects.get(pk=event.user_id)
    asked = BookingRequest.objects.filter(guest=UUID(event.guest_id)).live()
    for booking in asked.select_related("spotlight__link__referrer", "spotlight__link__loop"):
        if not is_too_young(family, at):  # a child's account made in the parent's browser is not a new family
            _pay_tutor(booking, family, at)


@transaction.atomic
def answer_booking(*, booking: BookingRequest, is_accepted: bool, at: datetime) -> bool:
    """Answer the request; False when it was answered or cancelled before.

    Announces BookingAccepted or BookingDeclined.
    """
    status = Status.ACCEPTED if is_accepted else Status.DECLINED
    if not _close(booking, Status.REQUESTED, status, at):
        return False
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
    if family_id is None or _household_bookings(booking, family_id).live().exists():
        return True  # another relative's request is still open
    for pk in _household_bookings(booking, family_id).values_list("pk", flat=True):
        key = ledger_key(_payment_key(pk), "inviter")
        if RewardEntry.objects.filter(key=key).exists():
            revoke_reward(key=key, reason="The family took the request back", at=at)
    return True


def _close(booking: BookingRequest, before: str, status: str, at: datetime) -> bool:
    mine = BookingRequest.objects.filter(pk=booking.pk, status=before)
    return bool(mine.update(status=status, closed_at=at))


def forget_person(event: AccountErased, at: datetime) -> None:
    """Erase the contact data and notes of an erased account's requests. A durable listener."""
    about = Q(user=event.user_id) | Q(guest__user=event.user_id) | Q(tutor=event.user_id)
    _forget(BookingRequest.objects.filter(about), at)


def purge_bookings(*, at: datetime) -> int:
    """Erase contact data and notes of requests older than 90 days; returns how many."""
    return _forget(BookingRequest.objects.exclude(email="").filter(requested_at__lt=at - CONTACT_RETENTION), at)


def _forget(which: BookingRequestQuerySet, at: datetime) -> int:
    """2 statements."""
    mine = BookingRequest.objects.filter(pk__in=which.values("pk"))  # an update cannot join
    mine.filter(status=Status.REQUESTED).update(status=Status.CANCELLED, closed_at=at)
    return mine.update(name="", email="", suits="", note="")
