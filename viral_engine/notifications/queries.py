"""Reads of the page of notifications, its badge and its preferences."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.urls import reverse

from viral_engine.accounts.models import User, load_disclosures
from viral_engine.notifications.kinds import every_kind, kind_named
from viral_engine.notifications.models import Channel, MutedKind, QuietHours, UserNotification
from viral_engine.notifications.rules import QUIET_FROM, QUIET_UNTIL

SHOWN = 50
MAX_BADGE = 99


@dataclass(frozen=True, slots=True)
class NotificationLine:
    pk: int
    text: str
    url: str
    happened_at: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class KindPreference:
    """One row of the preferences: whether each channel is on."""

    key: str
    title: str
    page: bool
    push: bool


def unread_count(user: User) -> int:
    """News since the person looked, of all kinds. 1 query."""
    counts = UserNotification.objects.unread().readable().filter(user=user).values_list("count", flat=True)
    return sum(counts)


def newest_notifications(user: User) -> list[NotificationLine]:
    """The newest 50, grouped by kind while unread. 2 queries, 1 more with names of children."""
    mine = UserNotification.objects.all().readable().filter(user=user)
    rows = mine.select_related("about").order_by("-happened_at", "-pk")[:SHOWN]
    load_disclosures([row.about for row in rows if row.about is not None])
    lines = []
    for row in rows:
        kind = kind_named(row.kind)
        if kind is not None:
            lines.append(
                NotificationLine(row.pk, text_of(row), reverse(kind.url_name), row.happened_at, row.read_at is None)
            )
    return lines


def text_of(row: UserNotification) -> str:
    """The sentence about one person or thing, or about several; no query where `about` was loaded."""
    kind = kind_named(row.kind)
    if kind is None:
        return "There is news for you."
    if row.count > 1:
        return kind.many.format(count=row.count)
    name = row.about.peer_name if row.about is not None else ""
    return kind.one.format(name=name or "A learner", detail=row.detail)


def target_of(row: UserNotification) -> str:
    kind = kind_named(row.kind)
    return reverse(kind.url_name if kind else "notifications:page")


def kind_preferences(user: User) -> list[KindPreference]:
    """Every kind with its channels. 1 query."""
    muted = set(MutedKind.objects.filter(user=user).values_list("kind", "channel"))
    return [
        KindPreference(
            kind.key, kind.title, (kind.key, Channel.PAGE) not in muted, (kind.key, Channel.PUSH) not in muted
        )
        for kind in every_kind()
    ]


def quiet_hours_of(user: User) -> QuietHours:
    """The person's quiet hours, or the site's, unsaved. 1 query."""
    stored = QuietHours.objects.filter(user=user).first()
    return stored or QuietHours(user=user, time_zone=settings.TIME_ZONE, starts=QUIET_FROM, ends=QUIET_UNTIL)


def time_zones() -> list[str]:
    """The names of the time zone database that name a place."""
    return [*sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")), "UTC"]
