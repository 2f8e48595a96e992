"""The statement that reads all facts of one check. It is built once per process, because building it takes longer than
running it: only its parameters change from check to check."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from viral_engine.accounts.models import Consent, Guest, User
from viral_engine.accounts.services.consent import consent_facts
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.models import Decision
from viral_engine.safety import rules
from viral_engine.safety.models import BlocklistEntry, DeviceFlag, MailboxKey, ReferralEdge, Report, ReviewItem
from viral_engine.safety.models.review import REPORTS_COUNT_FOR

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CLEARED_FOR = REPORTS_COUNT_FOR  # a person whom staff approved is not held for the same signals again
PERSON = "person"  # the kind of a review of a whole account
# Stand-ins of the parameters while the statement is built; no row has them.
_USER, _ACTION, _AT = -9_876_543, "\x01action", datetime(1970, 1, 2, 3, 4, 5, tzinfo=UTC)
_SPANS = (timedelta(0), HOUR, DAY, CLEARED_FOR)
Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    names: tuple[str, ...]
    params: tuple[Callable[[int, str, datetime], Any], ...]


def read_row(user_id: int, action: str, at: datetime, *, with_consent: bool) -> Columns:
    """The facts of one person and action; empty for an account that is not stored. Cost  1 query."""
    statement = _statement(connection.vendor, with_consent=with_consent)
    params = [param(user_id, action, at) for param in statement.params]
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, params)
        row = cursor.fetchone()
    return dict(zip(statement.names, row, strict=True)) if row is not None else {}


@cache
def _statement(_vendor: str, *, with_consent: bool) -> _Statement:
    annotations = _usage() | _trust() | _neighbors() | _consents(with_consent=with_consent)
    names = tuple(annotations)
    query = User.objects.filter(pk=_USER).annotate(**annotations).order_by().values_list(*names).query
    sql, params = query.sql_with_params()
    return _Statement(sql, names, tuple(_param(value) for value in params))


def _param(value: Any) -> Callable[[int, str, datetime], Any]:
    """The parameter of a check that stands in the place of this value; a constant stays."""
    if value == _USER:
        return lambda user_id, _action, _at: user_id
    if value == _ACTION:
        return lambda _user_id, action, _at: action
    adapt = connection.ops.adapt_datetimefield_value
    span = next((span for span in _SPANS if value == adapt(_AT - span)), None)
    if span is not None:
        return lambda _user_id, _action, at: adapt(at - span)
    return lambda _user_id, _action, _at: value


def _usage() -> Columns:
    """Allowed checks of this action, and all checks of the last hour that the person caused, refused ones too."""
    mine = Decision.objects.filter(actor_id=OuterRef("pk"), agent=TRUST_AND_SAFETY.key)
    of_action = mine.filter(type=_ACTION, outcome__in=rules.ALLOWING)
    return {
        "last_day": _count(of_action.since(_AT - DAY)),
        "last_hour": _count(of_action.since(_AT - HOUR)),
        "checks": _count(mine.since(_AT - HOUR).exclude(type__in=sorted(rules.AUTOMATIC_ACTIONS))),
    }


def _trust() -> Columns:
    guests = Guest.objects.filter(user=OuterRef(OuterRef("pk"))).exclude(device="").values("device")
    devices = Q(device=OuterRef("signup_device")) | Q(device__in=guests)
    flags = DeviceFlag.objects.filter(devices).order_by(_rank()).values("level")[:1]
    cases = ReviewItem.objects.filter(subject=OuterRef("pk"), kind=PERSON)
    blocked = BlocklistEntry.objects.in_force(_AT)
    approved = cases.filter(status=ReviewItem.Status.APPROVED, decided_at__gt=_AT - CLEARED_FOR)
    return {
        "is_blocked": Q(blocked_at__isnull=False) | Q(is_active=False) | Q(Exists(blocked.filter(devices))),
        "device_level": Subquery(flags),
        "is_in_review": Exists(cases.waiting()),
        "is_cleared": Exists(approved),
        "is_reported": Exists(Report.objects.all().counting(_AT).filter(owner=OuterRef("pk"))),
        "is_verified": Exists(EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)),
        "depth": Coalesce(F("referral_edge__depth"), Value(0)),
        "referrals": _count(ReferralEdge.objects.filter(referrer=OuterRef("pk"), at__gte=_AT - HOUR)),
    }


def _rank() -> Case:
    levels = (DeviceFlag.Level.HIGH, DeviceFlag.Level.MEDIUM, DeviceFlag.Level.LOW)
    return Case(*(When(level=level, then=Value(place)) for place, level in enumerate(levels)), default=Value(9))


def _neighbors() -> Columns:
    others = User.objects.exclude(pk=OuterRef("pk"))
    # Of twins the account that proved the mailbox later is to blame.
    twins = MailboxKey.objects.filter(user=OuterRef("pk")).proved_earlier_by_others()
    nearby = others.filter(signup_ip_hash=OuterRef("signup_ip_hash"), date_joined__gte=_AT - DAY)
    same_device = others.filter(signup_device=OuterRef("signup_device")).exclude(signup_device="")
    return {
        "shares_mailbox": Exists(twins),
        "shares_device": Exists(same_device),
        "neighbors": _count(nearby.exclude(signup_ip_hash="")),
    }


def _consents(*, with_consent: bool) -> Columns:
    """A parent's consents; those to use with others matter for a child alone."""
    given = Consent.objects.in_force().filter(child=OuterRef("pk"))
    of_minors = {"has_ferpa": Exists(given.filter(kind=Consent.Kind.FERPA))}
    if not with_consent:
        return of_minors
    return of_minors | {"is_published": Exists(given.filter(kind=Consent.Kind.DISCLOSURE))} | consent_facts()


def _count(rows: QuerySet[Any]) -> Coalesce:
    """The number of rows, as a subquery of an annotation."""
    one = rows.order_by().annotate(all_of_them=Value("all", output_field=CharField())).values("all_of_them")
    return Coalesce(Subquery(one.annotate(number=Count("pk")).values("number")), Value(0))
