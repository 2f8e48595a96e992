"""The answers of tools."""

from typing import Any, Literal

from pydantic import Field

from viral_engine.api.schemas.base import Reply
from viral_engine.api.schemas.links import LinkReply
from viral_engine.api.schemas.reads import DecisionReply


class OfferReply(Reply):
    """`link` is null when the orchestrator offers nothing; `reason` says why."""

    person: str
    loop: str
    link: LinkReply | None
    reason: str


class EventReply(Reply):
    status: Literal["accepted", "duplicate", "refused"]
    problem: dict[str, Any] | None


class DecisionsReply(Reply):
    person: str
    decisions: list[DecisionReply]


class CopyReply(Reply):
    """`words` has a title, a headline, a text and a label for the button; words in braces are filled in later."""

    person: str
    loop: str
    language: str
    words: dict[str, str]


class RecommendationsReply(Reply):
    person: str
    subject: str
    recommendations: list[dict[str, str]]


class PointsReply(Reply):
    person: str
    action: str
    points: int
    reason: str


class BalanceReply(Reply):
    person: str
    balances: dict[str, int]
    held: dict[str, int]


class GrantReply(Reply):
    """`refused` says why nothing was granted, for example `daily_cap`."""

    person: str
    points: int
    refused: str | None


class VerdictReply(Reply):
    person: str
    action: str
    is_allowed: bool
    outcome: str
    reason: str | None


class HeadcountReply(Reply):
    subject: str | None
    here: str | None = Field(description="A number as text, `nobody yet` or `a few`.")


class SummaryReply(Reply):
    """`summary` is null until a session has one."""

    person: str
    started_at: str | None
    summary: dict[str, Any] | None
