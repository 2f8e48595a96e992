"""Referees of a link, and what their first value is worth."""

from datetime import datetime

from django.db.models import Q

from loops.core.experiment_adapter import expose
from loops.core.links import record_touch
from loops.events import GuestStarted
from loops.models import Link
from loops.rules.scoring import FVM_WINDOW
from viral_engine.accounts.events import AccountCreated, ConsentGiven, GuestMerged, MailboxVerified
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.services import announce
from viral_engine.learning.events import PracticeCompleted

SettlingEvent = PracticeCompleted | AccountCreated | GuestMerged | ConsentGiven | MailboxVerified


class OwnLinkOpened(Exception):
    """The referrer opened their own link; they cannot be its referee."""


def record_arrival(*, link: Link, owner: User | Guest, at: datetime) -> None:
    """Record that a referee accepted the link's offer; the caller ensures that it is the first time.

    A visitor who opens the landing page directly, not through /r/, is recorded as a touch too.

    Announces GuestStarted, once per guest.
    """
    user = owner if isinstance(owner, User) else None
    guest_id = "" if isinstance(owner, User) else str(owner.pk)
    visitor = guest_id or str(user.person_id if user else "")
    user_id = user.pk if user else None
    record_touch(link=link, visitor=visitor, guest_id=guest_id, user_id=user_id, channel="", campaign="", at=at)
    expose(link, visitor, at)
    if guest_id:
        started = GuestStarted(guest_id=guest_id, link_code=link.code, loop=link.loop_id)
        announce(started, at=at, key=f"guest_started:{guest_id}")


def entries_affected_by(event: SettlingEvent) -> Q:
    """Select entries, by attempt, that an event may settle: an attempt, a known guest, a consent, a proved mailbox."""
    if isinstance(event, PracticeCompleted):
        return Q(attempt_id=event.attempt_id)
    if isinstance(event, ConsentGiven):
        return Q(attempt__user_id=event.child_id)
    if isinstance(event, MailboxVerified):
        return Q(attempt__user_id=event.user_id)
    return Q(attempt__guest_id=event.guest_id)


def ineligibility_for_payout(link: Link, referee: User) -> str | None:
    """Return why the link earns no reward for this referee, as a code for the log; None if it does.

    The two people are checked by the payment itself.

    Cost  2 queries.
    """
    first_value = first_value_of(referee)
    if first_value is None or first_value.link_code != link.code:
        return "first_value_not_through_this_link"
    if first_value.at > link.created_at + FVM_WINDOW:
        return "first_value_after_48_hours"
    return None


def first_value_of(referee: User) -> LoggedEvent | None:
    """Return the person's earliest first value moment, as a member or as a guest before sign-up.

    Cost  2 queries.
    """
    lives = {referee.person_id, *Guest.objects.filter(user=referee).values_list("pk", flat=True)}
    keys = [f"fvm:{life}" for life in lives]
    return LoggedEvent.objects.filter(idempotency_key__in=keys, is_invalid=False).order_by("at", "pk").first()
