"""Viewer profiles: the facts that rooms and feeds need about a person, read for many people at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from viral_engine.accounts import rules
from viral_engine.accounts.models import Block, CohortMembership, Consent, Friendship, Role, User
from viral_engine.accounts.models.user import STAMP_PURPOSE
from viral_engine.kernel import clock
from viral_engine.kernel.client_identity import keyed_hashes

NO_IDS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ViewerProfile:
    """One person, with the facts that decide what they see and who sees them."""

    id: int
    name: str  # the first name, or the username of a person without one and of a child whose parent is not verified
    avatar: str
    may_enter: bool  # not blocked by staff, and not a child without a parent's consent
    is_visible: bool  # a learner who wants to be seen
    feed_visible: bool  # a learner who shares their activity
    is_child: bool  # under 13: visible only inside their cohorts
    wants_prompts: bool
    signed_out_at: datetime | None
    friends: frozenset[int] = NO_IDS
    hidden: frozenset[int] = (
        NO_IDS  # people blocked in either direction; in their cohorts, minors from adults and adults from minors
    )
    cohorts: frozenset[int] = NO_IDS
    grade: int | None = None
    current_subject: str = ""  # slug; practice keeps it up to date
    password_stamps: tuple[str, ...] = ()  # under today's key and earlier ones
    is_staff: bool = False

    def has_signed_out_since(self, instant: datetime) -> bool:
        """Whether a ticket or session from that instant is no longer valid."""
        return self.signed_out_at is not None and instant < self.signed_out_at


def viewer_profiles_of(ids: Collection[int], *, today: date) -> dict[int, ViewerProfile]:
    """Profiles by user id; an unknown id has none.

    Cost  4 queries for any number of people, 1 more if a child is among them, 1 more for adults who are in a cohort.
    """
    users = User.objects.filter(pk__in=ids).only(*FIELDS)
    children = [user.pk for user in users if rules.needs_consent(user.age_on(today)) and user.role == Role.STUDENT]
    given = _consents_of(children)
    friends = Friendship.objects.all().friends_of(ids, today)
    blocked = _pairs(
        Block.objects.filter(Q(blocker__in=ids) | Q(blocked__in=ids)).values_list("blocker_id", "blocked_id")
    )
    found = _cohorts_of(ids, today)
    cohorts = found.of_person
    across_ages = _minors_hidden_from(users, cohorts, today) | _adults_hidden_from(users, found, today)
    return {
        user.pk: _profile(
            user,
            is_child=user.pk in children,
            consents=given.get(user.pk, frozenset()),
            friends=frozenset(friends.get(user.pk, NO_IDS)),
            hidden=frozenset(blocked.get(user.pk, NO_IDS) | across_ages.get(user.pk, NO_IDS)),
            cohorts=frozenset(cohorts.get(user.pk, NO_IDS)),
        )
        for user in users
    }


@dataclass(frozen=True, slots=True)
class _Cohorts:
    """Active cohorts by person, and the adults of each cohort who are not staff."""

    of_person: dict[int, set[int]]
    adults: dict[int, set[int]]


def _cohorts_of(ids: Collection[int], today: date) -> _Cohorts:
    """Cost  1 query; a row for each of the people and each adult beside them."""
    theirs = CohortMembership.objects.filter(user__in=ids, cohort__is_active=True).values("cohort")
    is_adult = ~Q(user__role=Role.STUDENT) | Q(user__birthdate__lte=rules.born_by(rules.ADULT_AGE, today))
    rows = CohortMembership.objects.filter(Q(user__in=ids) | is_adult, cohort__in=theirs)
    found = _Cohorts(defaultdict(set), defaultdict(set))
    for one in rows.select_related("user").only("cohort", "user", *(f"user__{name}" for name in ON_A_MEMBER)):
        if one.user_id in ids:
            found.of_person[one.user_id].add(one.cohort_id)
        if _is_kept_from_minors(one.user, today):
            found.adults[one.cohort_id].add(one.user_id)
    return found


def _adults_hidden_from(users: Iterable[User], cohorts: _Cohorts, today: date) -> dict[int, set[int]]:
    """Adults in the cohorts of each minor: none of them speaks to a minor, who does not speak to them either."""
    minors = (user for user in users if not user.is_staff and not _is_kept_from_minors(user, today))
    return {one.pk: set().union(*(cohorts.adults[id_] for id_ in cohorts.of_person[one.pk])) for one in minors}


def _minors_hidden_from(users: Iterable[User], cohorts: dict[int, set[int]], today: date) -> dict[int, set[int]]:
    """Minors in the cohorts of each adult who is not staff: an adult never sees a minor's presence or activity."""
    adults = {user.pk for user in users if user.pk in cohorts and _is_kept_from_minors(user, today)}
    if not adults:
        return {}
    theirs = set().union(*(cohorts[pk] for pk in adults))
    members = CohortMembership.objects.filter(cohort__in=theirs, user__role=Role.STUDENT)
    minors: defaultdict[int, set[int]] = defaultdict(set)
    for cohort_id, user_id, born in members.values_list("cohort_id", "user_id", "user__birthdate"):
        if rules.is_minor(rules.age_on(born, today) if born else None):
            minors[cohort_id].add(user_id)
    return {pk: set().union(*(minors[cohort] for cohort in cohorts[pk])) - {pk} for pk in adults}


def _is_kept_from_minors(user: User, today: date) -> bool:
    """Whether the person is an adult, or may be one, and not staff."""
    is_minor = user.role == Role.STUDENT and rules.is_minor(user.age_on(today))
    return not (is_minor or user.is_staff)


ON_A_MEMBER = ("role", "birthdate", "is_staff")
FIELDS = (
    "username",
    "password",
    "first_name",
    "avatar",
    "grade",
    "current_subject",
    "role",
    "birthdate",
    "is_active",
    "is_staff",
    "blocked_at",
    "signed_out_at",
    "presence_visible",
    "feed_visible",
    "growth_prompts",
)


def viewer_profile_of(user: User) -> ViewerProfile:
    """The profile of one person today. Cost  4 queries, 1 more for a child."""
    return viewer_profiles_of([user.pk], today=clock.today(clock.now()))[user.pk]


def _profile(
    user: User,
    *,
    is_child: bool,
    consents: frozenset[str],
    friends: frozenset[int],
    hidden: frozenset[int],
    cohorts: frozenset[int],
) -> ViewerProfile:
    has_consent = not is_child or Consent.Kind.COPPA in consents
    is_named = not is_child or Consent.Kind.DISCLOSURE in consents
    may_enter = user.is_active and user.blocked_at is None and has_consent
    return ViewerProfile(
        id=user.pk,
        name=rules.peer_name(first_name=user.first_name, username=user.username, is_named=is_named),
        avatar=user.avatar,
        may_enter=may_enter,
        is_visible=may_enter and user.presence_visible and user.role == Role.STUDENT,
        feed_visible=may_enter and user.feed_visible and user.role == Role.STUDENT,
        is_child=is_child,
        wants_prompts=user.growth_prompts,
        signed_out_at=user.signed_out_at,
        friends=friends,
        hidden=hidden,
        cohorts=cohorts,
        grade=user.grade,
        current_subject=user.current_subject,
        password_stamps=tuple(keyed_hashes(STAMP_PURPOSE, user.password)),
        is_staff=user.is_staff,
    )


def _consents_of(children: Collection[int]) -> dict[int, frozenset[str]]:
    """Kinds of consent in force by child. Cost  1 query, none without children."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    if children:
        rows = Consent.objects.in_force().filter(child__in=children).values_list("child_id", "kind")
        for child_id, kind in rows:
            found[child_id].add(kind)
    return {child_id: frozenset(kinds) for child_id, kinds in found.items()}


def _pairs(rows: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    """Map each person of a pair to the other, in both directions."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in rows:
        found[one].add(other)
        found[other].add(one)
    return found
