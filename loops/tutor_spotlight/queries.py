"""Reads of the pages of tutors and families, each with its number of queries."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet, Sum

from loops.core.links import deactivation_reason, is_open
from loops.events import BookingRequested, GuestStarted, InviteSent, LinkClicked, SignupAttributed
from loops.models import Link, RewardEntry
from loops.tutor_spotlight.bookings import LOOP, is_too_young
from loops.tutor_spotlight.models import BookingRequest
from loops.tutor_spotlight.profile import TutorProfile, tutor_profile
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import User
from viral_engine.accounts.rules import age_on, is_minor
from viral_engine.charts import Bar, BarChart
from viral_engine.kernel.clock import today
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Attempt

MAX_LINKS, MAX_REQUESTS = 12, 50
PURPOSE = "tutor"


@dataclass(frozen=True, slots=True)
class TutorPage:
    """A tutor's page for one visitor."""

    profile: TutorProfile
    is_mine: bool
    is_guest: bool
    may_ask: bool  # False for a child, and for a browser that gave a minor's birthdate at sign-up
    booking: BookingRequest | None
    played: Attempt | None


def tutor_page(link: Link, visitor: Visitor, *, born: date | None, at: datetime) -> TutorPage:
    """Cost  4 queries; 2 for a stranger."""
    user, guest = visitor.user, visitor.guest
    asked = BookingRequest.objects.all().asked_by(user, guest).filter(tutor=link.referrer_id)
    mine = Attempt.objects.owned_by(user_id=user.pk if user else None, guest_id=guest.pk if guest else None).filter(
        deck=link.spotlight.deck_id
    )
    is_child = is_too_young(user, at) if user else born is not None and is_minor(age_on(born, today(at)))
    return TutorPage(
        profile=tutor_profile(link, at),
        is_mine=user is not None and user.pk == link.referrer_id,
        is_guest=user is None,
        may_ask=not is_child,
        booking=asked.order_by("-requested_at").first(),
        played=mine.select_related("result").first(),
    )


def offer_after(attempt: Attempt, at: datetime) -> Link | None:
    """The open spotlight whose questions were tried; 1 query for a deck reached by a link."""
    if not attempt.link_code or attempt.deck_id is None:
        return None
    tried = (
        Link.objects.all().with_details(LOOP).filter(code=attempt.link_code, spotlight__deck=attempt.deck_id).first()
    )
    return tried if tried is not None and is_open(tried, at) else None


def requests_to(tutor: User) -> QuerySet[BookingRequest]:
    """Open requests first, then the newest; 1 query."""
    waiting_first = F("closed_at").desc(nulls_first=True)
    return BookingRequest.objects.filter(tutor=tutor).with_people().order_by(waiting_first, "-requested_at")


@dataclass(frozen=True, slots=True)
class SharedLink:
    """One link of the tutor, with its clicks and requests."""

    link: Link
    clicks: int
    requests: int
    deactivation_reason: str


@dataclass(frozen=True, slots=True)
class Referrals:
    shares: int
    clicks: int
    guests: int
    sign_ups: int
    requests: int
    agreed: int
    xp: int
    xp_waiting: int  # for families the tutor said yes to, until their first session
    shared: list[SharedLink]

    @property
    def chart(self) -> BarChart:
        bars = (
            Bar("Shares", self.shares),
            Bar("Clicks", self.clicks),
            Bar("Guests", self.guests),
            Bar("Sign-ups", self.sign_ups),
            Bar("Session requests", self.requests),
            Bar("Sessions agreed", self.agreed),
        )
        return BarChart("From a share to a session", bars)


def referrals_of(tutor: User, at: datetime) -> Referrals:
    """Cost  4 queries, whatever was shared."""
    mine = Link.objects.filter(referrer=tutor, loop=LOOP)
    logged = LoggedEvent.objects.filter(link_code__in=mine.values("code"), is_invalid=False)
    counts = dict(logged.order_by().values_list("type").annotate(Count("pk")))
    accepted = BookingRequest.objects.filter(tutor=tutor, status=BookingRequest.Status.ACCEPTED).count()
    earned = RewardEntry.objects.of(tutor.pk).filter(loop=LOOP, kind="referral_xp")
    xp = earned.aggregate(
        free=Sum("amount", filter=Q(held_at=None), default=0),
        waiting=Sum("left", filter=Q(held_at__isnull=False), default=0),
    )
    return Referrals(
        shares=counts.get(InviteSent.type, 0),
        clicks=counts.get(LinkClicked.type, 0),
        guests=counts.get(GuestStarted.type, 0),
        sign_ups=counts.get(SignupAttributed.type, 0),
        requests=counts.get(BookingRequested.type, 0),
        agreed=accepted,
        xp=xp["free"],
        xp_waiting=xp["waiting"],
        shared=_shared(mine, at),
    )


def _shared(mine: QuerySet[Link], at: datetime) -> list[SharedLink]:
    """1 query."""
    counted = mine.annotate(
        clicks=Count("touches", distinct=True), requests=Count("spotlight__bookings", distinct=True)
    )
    newest = counted.select_related("referrer", "loop", "spotlight__subject").order_by("-created_at")[:MAX_LINKS]
    return [SharedLink(link, link.clicks, link.requests, deactivation_reason(link, at)) for link in newest]
