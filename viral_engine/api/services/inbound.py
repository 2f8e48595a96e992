"""Events that programs send: each is checked by itself, and all that are good are stored together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from loops.core.links import is_open
from loops.core.prompts import record_share
from loops.events import InviteSent
from loops.models import Link
from viral_engine.accounts.models import User
from viral_engine.api.models import ApiProgram
from viral_engine.api.problems import Refusal
from viral_engine.api.queries import people_of
from viral_engine.api.rules import MAX_AHEAD, MAX_BEHIND
from viral_engine.api.schemas.inbound import BatchReport, EventReport, SentEvent, read_event
from viral_engine.kernel.services import announced_keys
from viral_engine.learning.models import Skill, Subject
from viral_engine.learning.services.outside_results import OutsideResult, record_outside_results
from viral_engine.safety.services import ActionRefused

NAMESPACE = UUID("6f0c9c36-0a3f-4c5b-9f0e-6d9b1d3c2f57")  # of ids of attempts; changing it would take events twice


@dataclass(slots=True)
class _Batch:
    """The events of one request on their way: what each has become, and whom and what they name."""

    program: ApiProgram
    at: datetime
    reports: dict[int, EventReport] = field(default_factory=dict)
    waiting: dict[int, SentEvent] = field(default_factory=dict)
    people: Mapping[str, User | Refusal] = field(default_factory=dict)

    def refuse(self, index: int, event_id: object, refusal: Refusal) -> None:
        self.waiting.pop(index, None)
        shown = event_id if isinstance(event_id, str) else None
        self.reports[index] = EventReport(index=index, id=shown, status="refused", problem=refusal.body())

    def take(self, index: int, event: SentEvent, *, is_new: bool) -> None:
        self.waiting.pop(index, None)
        self.reports[index] = EventReport(index=index, id=event.id, status="accepted" if is_new else "duplicate")

    def user_of(self, event: SentEvent) -> User:
        found = self.people[event.person]
        if isinstance(found, Refusal):
            raise found
        return found


def accept_events(*, program: ApiProgram, sent: Sequence[Mapping[str, Any]], at: datetime) -> BatchReport:
    """Store the good events of a batch and report on each; the caller holds the transaction.

    An id is taken once per program: a repeated one is a duplicate, whatever else it says.

    Cost  14 statements for practice and tests of any number of adults, 1 more with children among them; and those of
          `record_share` for each invite.
    """
    try:
        return _accept(program, sent, at)
    except IntegrityError:  # another batch with one of these ids was first: now it is found
        return _accept(program, sent, at)


@transaction.atomic
def _accept(program: ApiProgram, sent: Sequence[Mapping[str, Any]], at: datetime) -> BatchReport:
    batch = _Batch(program, at)
    for index, one in enumerate(sent):
        _read(batch, index, one)
    batch.people = people_of(program, {event.person for event in batch.waiting.values()}, at)
    _drop_known(batch)
    _drop_impossible(batch)
    _store_results(batch)
    _store_invites(batch)
    reports = [batch.reports[index] for index in range(len(sent))]
    counts = {status: sum(one.status == status for one in reports) for status in ("accepted", "duplicate", "refused")}
    return BatchReport(**counts, results=reports)


def _read(batch: _Batch, index: int, one: Mapping[str, Any]) -> None:
    try:
        event = read_event(one)
        if event.occurred_at > batch.at + MAX_AHEAD:
            raise Refusal(422, "event_in_the_future")
        if event.occurred_at < batch.at - MAX_BEHIND:
            raise Refusal(422, "event_too_old", f"Events are taken for {MAX_BEHIND.days} days.")
    except Refusal as refusal:
        batch.refuse(index, one.get("id"), refusal)
    else:
        batch.waiting[index] = event


def _drop_known(batch: _Batch) -> None:
    """Report ids that were taken before, or earlier in this batch, as duplicates."""
    keys = {index: _key(batch.program, event) for index, event in batch.waiting.items()}
    known = announced_keys(list(keys.values()))
    for index, event in list(batch.waiting.items()):
        if keys[index] in known:
            batch.take(index, event, is_new=False)
        known.add(keys[index])


def _drop_impossible(batch: _Batch) -> None:
    for index, event in list(batch.waiting.items()):
        try:
            batch.user_of(event)
        except Refusal as refusal:
            batch.refuse(index, event.id, refusal)


def _id(program: ApiProgram, event: SentEvent) -> UUID:
    return uuid5(NAMESPACE, f"{program.pk}:{event.id}")


def _key(program: ApiProgram, event: SentEvent) -> str:
    """The idempotency key of the event in the log."""
    sent = vars(event)
    return f"invite:{sent['link']}:{_id(program, event)}" if "link" in sent else f"api:{program.pk}:{event.id}"


# -- Practice and tests ------------------------------------------------------------------------------------------
def _store_results(batch: _Batch) -> None:
    wanted = {index: event for index, event in batch.waiting.items() if "correct" in vars(event)}
    if not wanted:
        return
    skills = Skill.objects.select_related("subject").in_bulk(_names(wanted, "skill"), field_name="slug")
    subjects = Subject.objects.in_bulk(_names(wanted, "subject"), field_name="slug")
    results = []
    for index, event in wanted.items():
        skill, subject = skills.get(vars(event).get("skill", "")), subjects.get(vars(event).get("subject", ""))
        if skill is None and subject is None:
            batch.refuse(index, event.id, Refusal(422, "skill_unknown"))
            continue
        results.append(_result(batch, event, skill, skill.subject if skill is not None else subject))
        batch.take(index, event, is_new=True)
    record_outside_results(results, at=batch.at)


def _names(events: Mapping[int, SentEvent], member: str) -> set[str]:
    return {vars(event)[member] for event in events.values() if member in vars(event)}


def _result(batch: _Batch, event: SentEvent, skill: Skill | None, subject: Subject | None) -> OutsideResult:
    assert subject is not None  # noqa: S101  (checked by the caller)
    sent = vars(event)
    return OutsideResult(
        id=_id(batch.program, event),
        key=_key(batch.program, event),
        user=batch.user_of(event),
        subject=subject,
        skill=skill,
        correct=sent["correct"],
        total=sent["total"],
        answered=sent.get("answered", sent["total"]),
        duration_s=sent["duration_s"],
        finished_at=min(event.occurred_at, batch.at),
    )


# -- Invites -----------------------------------------------------------------------------------------------------
def _store_invites(batch: _Batch) -> None:
    wanted = {index: event for index, event in batch.waiting.items() if vars(event)["type"] == InviteSent.type}
    if not wanted:
        return
    links = Link.objects.select_related("referrer").in_bulk(_names(wanted, "link"), field_name="code")
    for index, event in wanted.items():
        try:
            is_new = _store_invite(batch, event, links.get(vars(event)["link"]))
        except Refusal as refusal:
            batch.refuse(index, event.id, refusal)
        else:
            batch.take(index, event, is_new=is_new)


def _store_invite(batch: _Batch, event: SentEvent, link: Link | None) -> bool:
    user = batch.user_of(event)
    if link is None or link.referrer_id != user.pk or not is_open(link, batch.at):
        raise Refusal(422, "link_not_theirs")
    try:
        channel, key = vars(event)["channel"], _id(batch.program, event)
        return record_share(link=link, user=user, channel=channel, key=key, at=batch.at)
    except ActionRefused as refused:
        raise Refusal(403, "action_refused", str(refused)) from refused
