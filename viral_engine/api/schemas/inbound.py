"""Schemas of the events that programs send, generated from the event classes of the site.

The fields of a class are those of its schema, without the ones that the server sets: ids of our rows, and what it
computes itself (a score is never taken on trust). `INBOUND` lists the differences from the class.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Literal, Self, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError, WithJsonSchema, create_model, model_validator

from loops.events import InviteSent
from loops.rules.scoring import CHANNELS
from viral_engine.api.problems import Refusal
from viral_engine.api.rules import MAX_BATCH
from viral_engine.api.schemas.base import Body, ExternalId, Instant, Reply, Slug
from viral_engine.kernel.events import Event
from viral_engine.learning.events import PracticeCompleted, PracticeTestCompleted

MAX_QUESTIONS, DAY_S = 200, 86_400
_ENVELOPE = {one.name for one in fields(Event)}
# Narrower than the type of the class, wherever an event has a field of this name.
LIMITS: dict[str, Any] = {
    "skill": Slug,
    "subject": Slug,
    "channel": Literal[tuple(sorted(CHANNELS))],
    "duration_s": Annotated[int, Field(ge=0, le=DAY_S, description="Active seconds, without pauses.")],
    "answered": Annotated[int, Field(ge=0, le=MAX_QUESTIONS)],
    "total": Annotated[int, Field(ge=1, le=MAX_QUESTIONS)],
}
CORRECT = Annotated[int, Field(ge=0, le=MAX_QUESTIONS, description="Right answers; the server computes the score.")]


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """An event class that programs may send: `set_here` are its fields that the server fills, `more` comes instead."""

    event: type[Event]
    set_here: frozenset[str]
    more: Mapping[str, Any] = field(default_factory=dict)


INBOUND = (
    InboundEvent(
        PracticeCompleted,
        frozenset({"attempt_id", "subject", "kind", "score", "deck_id"}),
        {"correct": CORRECT, "total": LIMITS["total"]},
    ),
    InboundEvent(PracticeTestCompleted, frozenset({"attempt_id", "score"}), {"correct": CORRECT}),
    InboundEvent(
        InviteSent,
        frozenset({"loop"}),
        {"link": Annotated[str, Field(pattern=r"^[0-9A-Za-z]{8}$", description="The code of the person's link.")]},
    ),
)


class SentEvent(Body):
    """The members that every event has."""

    id: Annotated[
        str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$", description="Your id; taken once.")
    ]
    person: ExternalId
    occurred_at: Instant

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        sent = vars(self)
        total = sent.get("total")
        if total is not None and not sent["correct"] <= sent.get("answered", total) <= total:
            raise ValueError("more right than answered, or more answered than asked")
        return self


def schema_of(one: InboundEvent) -> type[SentEvent]:
    """The schema of one event, from the fields of its class."""
    hints = get_type_hints(one.event)
    own = [found.name for found in fields(one.event) if found.name not in _ENVELOPE | one.set_here]
    members = {name: LIMITS.get(name, hints[name]) for name in own} | dict(one.more)
    members["type"] = Literal[one.event.type]
    required: dict[str, Any] = {name: (kind, ...) for name, kind in members.items()}
    return create_model(one.event.__name__, __base__=SentEvent, __doc__=one.event.__doc__, **required)


SCHEMAS: dict[str, type[SentEvent]] = {one.event.type: schema_of(one) for one in INBOUND}
_ADAPTERS = {name: TypeAdapter(schema) for name, schema in SCHEMAS.items()}
ONE_OF = {"oneOf": [schema.model_json_schema() for schema in SCHEMAS.values()]}


class EventBatch(Body):
    """Up to 100 events. Each is stored or refused by itself."""

    events: Annotated[
        list[Annotated[dict[str, Any], WithJsonSchema(ONE_OF)]], Field(min_length=1, max_length=MAX_BATCH)
    ]


class EventReport(Reply):
    """The outcome of one event: `problem` says why it was refused."""

    index: int
    id: str | None = None
    status: Literal["accepted", "duplicate", "refused"]
    problem: dict[str, Any] | None = None


class BatchReport(Reply):
    """One report an event, in the order of the batch."""

    accepted: int
    duplicate: int
    refused: int
    results: list[EventReport]


def read_event(sent: Mapping[str, Any]) -> SentEvent:
    """The typed event. Raises  Refusal for an unknown type, and for members that are missing, unknown or wrong."""
    adapter = _ADAPTERS.get(str(sent.get("type")))
    if adapter is None:
        raise Refusal(422, "unknown_event", f"Known types: {', '.join(sorted(SCHEMAS))}.")
    try:
        return adapter.validate_json(json.dumps(sent))
    except ValidationError as error:
        raise Refusal(422, "invalid", errors=readable(error)) from error
    except ValueError as error:  # half a character
        raise Refusal(422, "invalid") from error


def readable(error: ValidationError) -> list[dict[str, Any]]:
    """Places and kinds of errors, without the wrong values: they may be personal data, and errors are logged."""
    return [
        {"at": ".".join(map(str, one["loc"])), "reason": one["msg"]}
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
