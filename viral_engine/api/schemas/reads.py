"""The facts that programs read: results, decisions, rewards, boards, experiments and growth."""

from typing import Any

from viral_engine.api.schemas.base import Page, Reply


class ResultReply(Reply):
    id: str
    kind: str
    subject: str
    skill: str | None
    score: int
    correct: int
    total: int
    duration_s: int
    xp: int
    finished_at: str


class ResultList(Page):
    results: list[ResultReply]


class DecisionReply(Reply):
    """A decision of an agent about the person, with its reason."""

    id: int
    agent: str
    type: str
    outcome: str
    rationale: str
    alternatives: list[Any]
    is_degraded: bool
    latency_ms: float
    decided_at: str


class DecisionList(Page):
    decisions: list[DecisionReply]


class RewardReply(Reply):
    id: int
    kind: str
    cause: str
    amount: int
    left: int
    reason: str
    loop: str
    at: str
    expires_at: str | None
    is_held: bool


class RewardList(Page):
    """The ledger, with what can be spent now and what is on hold, by kind."""

    balances: dict[str, int]
    held: dict[str, int]
    rewards: list[RewardReply]


class PlaceReply(Reply):
    """A place on a board. Only the program's own people have an id here; a minor among strangers has no name."""

    rank: int
    name: str
    value: str
    external_id: str | None


class StandingsReply(Reply):
    subject: str
    cohort: str | None
    period: str
    metric: str
    places: list[PlaceReply]


class VariantReply(Reply):
    """The variant of a person. Reading it counts no exposure."""

    experiment: str
    arm: str
    params: dict[str, Any]
    is_enrolled: bool


class ExperimentReply(Reply):
    """The numbers of a phase, as the results page shows them."""

    experiment: str
    phase: int
    state: str
    verdict: dict[str, Any]
    results: dict[str, Any]


class KReply(Reply):
    """K of people first shown a loop in these days, with its 95% interval, and the read-out against the target."""

    loop: str
    exposed: int
    invites_per_referrer: float | None
    referees_per_invite: float | None
    k: float | None
    low: float | None
    high: float | None
    k_by_sign_up: float | None
    read_out: str


class GrowthReply(Reply):
    since: str
    until: str
    target: float
    loops: list[KReply]


class CountReply(Reply):
    on: str
    measure: str
    loop: str
    amount: int


class CountsReply(Reply):
    counts: list[CountReply]
