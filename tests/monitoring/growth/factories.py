"""People, links and events for growth tests, written straight into the tables."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from loops.models import Link, Loop, Touch
from monitoring.growth.services import corrections, rollup
from tests.factories import person
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.models import Decision, LoggedEvent


def loop(name: str) -> Loop:
    defaults = {"title": name.replace("_", " ").title(), "expected_k": 0.3, "cooldown_s": 3600}
    return Loop.objects.get_or_create(name=name, defaults=defaults)[0]


def member(name: str, at: datetime, **fields: Any) -> User:
    return person(name, at=at, **fields)


def link_of(user: User, name: str = "buddy_challenge", *, at: datetime) -> Link:
    code = f"{Link.objects.count() + 1:08d}"
    return Link.objects.create(
        code=code, loop=loop(name), referrer=user, created_at=at, expires_at=at + timedelta(days=30)
    )


def log(
    kind: str, at: datetime, *, actor: User | int | None = None, key: str | None = None, **more: Any
) -> LoggedEvent:
    """Write any event as `announce` does; `guest_id` and `link_code` go to the envelope, the rest to the properties."""
    envelope = {name: str(more.pop(name)) for name in ("guest_id", "link_code") if name in more}
    actor_id = actor.pk if isinstance(actor, User) else actor
    return LoggedEvent.objects.create(
        type=kind, at=at, actor_id=actor_id, idempotency_key=key, properties=more, **envelope
    )


def exposed(user: User, at: datetime, name: str = "buddy_challenge") -> LoggedEvent:
    return log("loop_exposed", at, actor=user, loop=name, prompt_id=1)


def invited(user: User, at: datetime, name: str = "buddy_challenge", channel: str = "sms") -> LoggedEvent:
    return log("invite_sent", at, actor=user, loop=name, channel=channel)


def clicked(link: Link, at: datetime, channel: str = "sms") -> Guest:
    """Start a guest who clicked the link."""
    guest = Guest.objects.create(created_at=at, link_code=link.code)
    Touch.objects.create(link=link, visitor=str(guest.pk), channel=channel, clicked_at=at, clicked_on=at.date())
    log("link_clicked", at, guest_id=guest.pk, link_code=link.code, loop=link.loop_id, channel=channel)
    return guest


def first_value(link: Link, guest: Guest, at: datetime, *, actor: User | None = None) -> LoggedEvent:
    person_id = str(actor.person_id if actor else guest.pk)
    more: dict[str, Any] = {"attempt_id": "a", "person_id": person_id} | ({} if actor else {"guest_id": guest.pk})
    return log("fvm_reached", at, actor=actor, key=f"fvm:{person_id}", link_code=link.code, **more)


def signed_up(guest: Guest, name: str, at: datetime, *, link: Link | None) -> User:
    user = member(name, at, person_id=guest.pk)
    Guest.objects.filter(pk=guest.pk).update(user=user)
    log("account_created", at, actor=user, guest_id=guest.pk, link_code=guest.link_code, role=user.role)
    if link is not None:
        properties: dict[str, Any] = {"loop": link.loop_id, "referrer_id": link.referrer_id}
        log("signup_attributed", at, actor=user, guest_id=guest.pk, link_code=link.code, **properties)
    return user


def brings(owner: User, referee: str, name: str, at: datetime) -> User:
    """Go all the way from an offer to a sign-up."""
    exposed(owner, at, name)
    invited(owner, at, name)
    link = link_of(owner, name, at=at)
    guest = clicked(link, at)
    log("guest_started", at, guest_id=guest.pk, link_code=link.code)
    first_value(link, guest, at)
    return signed_up(guest, referee, at, link=link)


def decided(at: datetime, agent: str, outcome: str, rationale: str = "", **more: object) -> None:
    row = {"agent": agent, "type": "test", "outcome": outcome, "rationale": rationale, "decided_at": at}
    Decision.objects.create(**row, **more)


def practiced(user: User, at: datetime) -> LoggedEvent:
    return log("practice_completed", at, actor=user, score=80)


def guest_id() -> str:
    return str(uuid.uuid4())


# -- Rollups ------------------------------------------------------------------------------------------------


# -- The whole log ------------------------------------------------------------------------------------------


def one_referral(at: datetime) -> None:
    """Let Ada refer Eve, and count all of it."""
    ada = member("Ada", at - timedelta(days=20))
    for shown in (at - timedelta(days=16), at - timedelta(hours=2)):
        exposed(ada, shown)
        invited(ada, shown)
    practiced(ada, at)
    link = link_of(ada, at=at)
    guest = clicked(link, at - timedelta(days=16))
    first_value(link, guest, at - timedelta(days=16) + timedelta(minutes=2))
    signed_up(guest, "Eve", at - timedelta(days=2), link=link)
    log("prompt_dismissed", at, actor=ada, loop="buddy_challenge", prompt_id=1)
    log("abuse_report", at, actor=ada)
    while corrections.exclude_people(at=at) + rollup.count_events(at=at):
        continue
