"""Reads of the account pages, each with its number of queries."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from viral_engine.accounts.models import (
    BirthdateCorrection,
    Block,
    Consent,
    Friendship,
    Guardianship,
    School,
    SchoolRequest,
    User,
    load_disclosures,
)
from viral_engine.accounts.rules import (
    ADULT_AGE,
    CONSENT_TEXTS,
    VERIFIED_KINDS,
    ConsentState,
    consent_state,
    is_minor,
    may_be_friends,
    needs_consent,
    public_name,
)
from viral_engine.accounts.services.consent import consent_facts, consent_state_of, is_child
from viral_engine.kernel import clock
from viral_engine.kernel.privacy.shared import SharedThing, shared_by

Status = Friendship.Status


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One child as their parent sees them."""

    child: User
    given: list[tuple[Consent, str]]  # with the text the parent agreed to
    open: list[tuple[str, str]]  # kind and text of consents not given yet, for which a password is enough
    is_under_13: bool
    is_minor: bool

    @property
    def practices_alone(self) -> bool:
        return self.is_under_13 and all(consent.kind != Consent.Kind.COPPA for consent, _ in self.given)

    @property
    def is_published(self) -> bool:
        """Whether the child may chat, be ranked and be named."""
        return not self.is_under_13 or any(consent.kind == Consent.Kind.DISCLOSURE for consent, _ in self.given)

    @property
    def may_be_published(self) -> bool:
        """Whether a verified parent could agree to that now."""
        return self.is_under_13 and not self.practices_alone and not self.is_published

    @property
    def lacks_email(self) -> bool:
        return not self.child.email


def family_of(parent: User, today: date) -> list[FamilyRow]:
    """The parent's children with their consents. Cost  2 queries for any number of children."""
    theirs = Guardianship.objects.filter(parent=parent).proven().values("child")
    children = list(User.objects.filter(pk__in=theirs, is_active=True).order_by("username"))
    in_force = list(Consent.objects.in_force().filter(child__in=children).order_by("given_at"))
    return [_row(child, [one for one in in_force if one.child_id == child.pk], today) for child in children]


def family_row(parent: User, child_id: int, today: date) -> FamilyRow | None:
    """One child of this parent, or None. Cost  2 queries."""
    return next((row for row in family_of(parent, today) if row.child.pk == child_id), None)


def _row(child: User, in_force: list[Consent], today: date) -> FamilyRow:
    by_kind = {consent.kind: consent for consent in in_force}  # two parents may both have agreed: show one
    age = child.age_on(today)
    return FamilyRow(
        child=child,
        given=[(consent, CONSENT_TEXTS[kind]) for kind, consent in by_kind.items()],
        open=[(kind, text) for kind, text in CONSENT_TEXTS.items() if kind not in {*by_kind, *VERIFIED_KINDS}],
        is_under_13=needs_consent(age),
        is_minor=is_minor(age),
    )


@dataclass(frozen=True, slots=True)
class ChildPage:
    """One child on a page of its own."""

    row: FamilyRow
    history: list[tuple[Consent, str, bool]]  # newest first, with the text, and whether this parent gave it
    shared: list[tuple[str, SharedThing]]
    school: School | None
    open_correction: BirthdateCorrection | None
    requests: list[SchoolRequest]

    @property
    def may_grow(self) -> bool:
        """Whether offers to share may be switched on: not without consent, and never for a school's pupil."""
        return self.school is None and not self.row.practices_alone


def child_page(parent: User, child_id: int, at: datetime) -> ChildPage | None:
    """The page of the parent's child; None for any other. Cost  6 queries, and those of what is shared."""
    row = family_row(parent, child_id, clock.today(at))
    if row is None:
        return None
    consents = Consent.objects.filter(child=child_id).order_by("-given_at", "-pk")
    return ChildPage(
        row=row,
        history=[(one, CONSENT_TEXTS.get(one.kind, one.kind), one.given_by_id == parent.pk) for one in consents],
        shared=list(shared_by(child_id, at)),
        school=School.objects.of_pupil(child_id).order_by("pk").first(),
        open_correction=BirthdateCorrection.objects.open().filter(child=child_id).first(),
        requests=list(SchoolRequest.objects.filter(pupil=child_id, asked_by=parent).order_by("-asked_at")),
    )


@dataclass(frozen=True, slots=True)
class Relationship:
    """One friendship or request, seen from one side."""

    id: int
    person: User


@dataclass(frozen=True, slots=True)
class FriendsPage:
    friends: list[Relationship]
    to_me: list[Relationship]  # requests to answer, oldest first
    from_me: list[Relationship]  # waiting; a declined request looks the same
    blocked: list[User]


def friends_page(user: User, at: datetime) -> FriendsPage:
    """Friends, requests and blocks. Cost  2 queries for any number of friends; at most 3 more with children."""
    rows = list(Friendship.objects.of(user.pk).select_related("low", "high").order_by("changed_at", "pk"))
    today = clock.today(at)
    people = _seen([row.other_than(user.pk) for row in rows], today)
    load_disclosures(one for row in rows for one in (row.low, row.high))
    friends, to_me, from_me = [], [], []
    for row in rows:
        tie = Relationship(row.pk, row.other_than(user.pk))
        if tie.person.pk not in people or not may_be_friends(user.age_on(today), tie.person.age_on(today)):
            continue  # a birthday made one of the two an adult
        if row.status == Status.ACCEPTED:
            friends.append(tie)
        elif row.requested_by_id == user.pk and row.status != Status.DROPPED:
            from_me.append(tie)
        elif row.requested_by_id != user.pk and row.status == Status.REQUESTED:
            to_me.append(tie)
    friends.sort(key=lambda tie: tie.person.display_name.lower())
    blocked = [block.blocked for block in Block.objects.filter(blocker=user).select_related("blocked").order_by("pk")]
    load_disclosures(blocked)
    return FriendsPage(friends, to_me, from_me, blocked)


def _seen(people: list[User], today: date) -> set[int]:
    """Ids of people whom friends may see: open accounts, without children whose parent has withdrawn consent."""
    open_to_others = [person for person in people if person.is_active and person.blocked_at is None]
    children = [person.pk for person in open_to_others if needs_consent(person.age_on(today))]
    consented: set[int] = set()
    if children:
        given = Consent.objects.in_force().filter(child__in=children, kind=Consent.Kind.COPPA)
        consented = set(given.values_list("child_id", flat=True))
    return {person.pk for person in open_to_others if person.pk not in children or person.pk in consented}


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A person found by username, and the viewer's relationship with them."""

    person: User
    relationship: str  # oneself | friends | asked | asks | none

    @property
    def is_open(self) -> bool:
        return self.relationship in {"none", "asks"}


def search_result_of(me: User, other: User) -> SearchResult:
    """Another person with our relationship. A request they declined reads `asked`, one I declined `none`. 1 query."""
    if other.pk == me.pk:
        return SearchResult(other, "oneself")
    row = Friendship.objects.between(me.pk, other.pk).first()
    if row is None or row.status == Status.DROPPED:
        return SearchResult(other, "none")
    if row.status == Status.ACCEPTED:
        return SearchResult(other, "friends")
    if row.requested_by_id == me.pk:
        return SearchResult(other, "asked")
    return SearchResult(other, "asks" if row.status == Status.REQUESTED else "none")


def public_name_of(person: User, at: datetime) -> str:
    """The name shown to outsiders: an adult's, or a minor's with a parent's consent. 1 query for a minor.

    Under 13 the parent must be verified.
    """
    age = person.age_on(clock.today(at))
    kind = Consent.Kind.DISCLOSURE if needs_consent(age) else Consent.Kind.COPPA
    has_consent = (age is None or age < ADULT_AGE) and kind in Consent.objects.kinds_for(person.pk)
    return public_name(first_name=person.first_name, age=age, has_disclosure_consent=has_consent)


@dataclass(frozen=True, slots=True)
class SocialSummary:
    """Numbers of friends and requests for a learner's home page."""

    friends: int
    requests: int
    consent: ConsentState

    @property
    def practices_alone(self) -> bool:
        return self.consent.practices_alone


def social_summary(user: User, at: datetime) -> SocialSummary:
    """The social part of a learner's home page. Cost  1 query."""
    mine = Friendship.objects.filter(Q(low=OuterRef("pk")) | Q(high=OuterRef("pk")))
    waiting = mine.filter(status=Status.REQUESTED).exclude(requested_by=OuterRef("pk"))
    found = User.objects.filter(pk=user.pk).annotate(
        friend_count=_count(mine.accepted()), request_count=_count(waiting), **consent_facts()
    )
    facts = found.values("friend_count", "request_count", *consent_facts()).get()
    friends, requests = facts.pop("friend_count"), facts.pop("request_count")
    return SocialSummary(friends, requests, consent_state(is_needed=is_child(user, at), **facts))


def room_refusal(user: User, at: datetime) -> tuple[str, str]:
    """Why a person may not enter rooms: a headline and a text. Cost  1 query for a child, none for others."""
    words = consent_state_of(user, at).words
    if user.is_active and user.blocked_at is None and words.headline:
        meanwhile = "Other learners are here once a parent agrees. You can already practice."
        return words.headline, f"{words.explained} {meanwhile}"
    return "This account is paused", "It cannot use rooms, boards and feeds right now. Write to us if that is wrong."


def _count(rows: QuerySet[Friendship]) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(one=Value(1)).annotate(n=Count("pk")).values("n")), 0)
