"""The contribution of one event or fact to the counts; the rollups are the sums of all contributions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from loops.events import GuestStarted, InviteSent, LinkClicked, SignupAttributed
from loops.rules.k_factor import is_within_window, sums_of
from monitoring.growth.rules.log_histogram import bucket
from viral_engine.kernel.clock import utc_day
from viral_engine.learning.events import (
    DiagnosticCompleted,
    FvmReached,
    PracticeCompleted,
    PracticeStarted,
    PracticeTestCompleted,
    SessionCompleted,
)

ACTIVE = frozenset({PracticeStarted.type, PracticeCompleted.type, PracticeTestCompleted.type, DiagnosticCompleted.type})
THROUGH_A_LINK = frozenset({LinkClicked.type, GuestStarted.type, FvmReached.type, SignupAttributed.type})
BACK_AFTER = (1, 7, 28)
ANY_LOOP = ""
MAX_PART_LENGTH = 60


class CountKey(NamedTuple):
    measure: str
    on: date
    loop: str = ""
    persona: str = ""
    part: str = ""


Counts = Counter[CountKey]


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """One event of the log, as counting reads it."""

    id: int
    type: str
    actor_id: int | None
    guest_id: str
    link_code: str
    properties: Mapping[str, Any]
    at: datetime

    @property
    def on(self) -> date:
        return day_of(self.at)

    @property
    def person_id(self) -> str:
        """The person whose first value moment it is."""
        return str(self.properties.get("person_id", ""))


@dataclass(frozen=True, slots=True)
class LinkFacts:
    owner_id: int
    loop: str


@dataclass(slots=True)
class CountingContext:
    """Facts about the people and links of some events that are needed to count them."""

    links: dict[str, LinkFacts] = field(default_factory=dict)
    personas: dict[int, str] = field(default_factory=dict)
    person_ids: dict[int, str] = field(default_factory=dict)
    clicks: dict[tuple[str, str], list[tuple[datetime, str]]] = field(
        default_factory=dict
    )  # (link, visitor): oldest 1st
    excluded: frozenset[int] = frozenset()
    stores_people: bool = True  # False: a person who was never counted is only read

    def counts(self, fact: CountedEvent) -> bool:
        """False for events of excluded people, and for events through their links."""
        link = self.links.get(fact.link_code) if fact.type in THROUGH_A_LINK else None
        return fact.actor_id not in self.excluded and (link is None or link.owner_id not in self.excluded)

    def channel(self, code: str, visitor: str, at: datetime) -> str:
        """The channel of the person's last click on this link before `at`."""
        clicks = [channel for clicked_at, channel in self.clicks.get((code, visitor), ()) if clicked_at <= at]
        return clicks[-1] if clicks else ""

    def waited_s(self, code: str, visitor: str, at: datetime) -> int | None:
        """Seconds since the person's first click on this link."""
        clicks = self.clicks.get((code, visitor))
        return round((at - clicks[0][0]).total_seconds()) if clicks and clicks[0][0] <= at else None


def day_of(instant: datetime) -> date:
    return utc_day(instant)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def event_counts(fact: CountedEvent, known: CountingContext) -> Counts:
    """One event of its type on its day. An event through a link counts for the persona of the link's owner."""
    if not known.counts(fact):
        return Counter()
    link = known.links.get(fact.link_code) if fact.type in THROUGH_A_LINK else None
    subject = link.owner_id if link is not None else fact.actor_id
    loop = str(fact.properties.get("loop", "") or (link.loop if link else ""))
    persona = known.personas.get(subject, "") if subject is not None else ""
    return Counter({CountKey(fact.type, fact.on, loop, persona, _part(fact, known)[:MAX_PART_LENGTH]): 1})


def _part(fact: CountedEvent, known: CountingContext) -> str:
    if fact.type in {InviteSent.type, LinkClicked.type}:
        return str(fact.properties.get("channel", ""))
    if fact.type in {GuestStarted.type, FvmReached.type, SignupAttributed.type}:
        visitor = fact.person_id or fact.guest_id or known.person_ids.get(fact.actor_id or 0, "")
        return known.channel(fact.link_code, visitor, fact.at)
    if fact.type == SessionCompleted.type:
        return "transcript" if fact.properties.get("has_transcript") else ""
    return "guest" if fact.actor_id is None else ""


@dataclass(frozen=True, slots=True)
class MemberFacts:
    user_id: int
    persona: str
    joined_at: datetime | None = None
    referrer_id: int | None = None
    loop: str = ""
    attributed_at: datetime | None = None
    generation: int = 0
    back: tuple[bool, bool, bool] = (False, False, False)

    def counts(self) -> Counts:
        """A sign-up on its day, referred or organic, and whether they practiced 1, 7 and 28 days later."""
        if self.joined_at is None:
            return Counter()
        on, part = day_of(self.joined_at), "referred" if self.referrer_id else "organic"
        found = Counter({CountKey("joined", on, self.loop, self.persona, part): 1})
        for days, is_back in zip(BACK_AFTER, self.back, strict=True):
            if is_back:
                found[CountKey(f"back_{days}", on, self.loop, self.persona, part)] = 1
        return found


@dataclass(frozen=True, slots=True)
class RefereeFacts:
    person_id: str
    referrer_id: int
    loop: str
    persona: str
    channel: str
    reached_at: datetime
    waited_s: int | None

    def counts(self) -> Counts:
        on = day_of(self.reached_at)
        found = Counter({CountKey("joiner", on, self.loop, self.persona, self.channel): 1})
        if self.waited_s is not None:
            found[CountKey("joiner_waited", on, self.loop, self.persona, f"{bucket(self.waited_s):03d}")] = 1
        return found


@dataclass(frozen=True, slots=True)
class ReferrerFacts:
    user_id: int
    loop: str
    persona: str
    generation: int
    exposed_at: datetime
    invites: int
    sign_ups: int
    joined_after: tuple[int, ...]  # whole days, in order

    def counts(self) -> Counts:
        """One person of a cohort, as the sums and sums of squares that K and its interval need."""
        on = day_of(self.exposed_at)
        sums = sums_of(invites=self.invites, referees=len(self.joined_after), sign_ups=self.sign_ups)
        amounts = {
            "k_people": sums.people,
            "k_inviting": sums.inviting,
            "k_invites": sums.invites,
            "k_joiners": sums.referees,
            "k_joiners_squared": sums.referees_squared,
            "k_sign_ups": sums.sign_ups,
            "k_sign_ups_squared": sums.sign_ups_squared,
        }
        part = str(self.generation)
        found: Counts = Counter(
            {CountKey(name, on, self.loop, self.persona, part): amount for name, amount in amounts.items() if amount}
        )
        for days in self.joined_after:
            found[CountKey("k_age", on, self.loop, self.persona, f"{days:02d}")] += 1
        return found


def referrer_facts(
    member: MemberFacts,
    loop: str,
    *,
    exposures: Iterable[datetime],
    invites: Iterable[datetime],
    referees: Iterable[datetime],
    sign_ups: Iterable[datetime],
) -> ReferrerFacts | None:
    """The results of a person's first exposure in the 14 days after it; None when they were never exposed."""
    exposed_at = min(exposures, default=None)
    if exposed_at is None:
        return None
    return ReferrerFacts(
        member.user_id,
        loop,
        member.persona,
        member.generation,
        exposed_at,
        invites=sum(1 for at in invites if is_within_window(exposed_at, at)),
        sign_ups=sum(1 for at in sign_ups if is_within_window(exposed_at, at)),
        joined_after=tuple(
            sorted((at - exposed_at) // timedelta(days=1) for at in referees if is_within_window(exposed_at, at))
        ),
    )


# Outcomes in the decision log that refuse something: "refuse" by trust & safety and attribution, "refused" by payouts,
# "hold" for an account or a reward that a person must review. A fallback ("failed"), no offer ("none") and a revoked
# reward ("revoke") are not refusals.
REFUSALS = frozenset({"refuse", "refused", "block", "hold"})


def decision_counts(
    *, agent: str, outcome: str, rationale: str, is_degraded: bool, latency_ms: float, on: date, is_excluded: bool
) -> Counts:
    """One decision of an agent, and the reason if it refused something; none about a person who is not counted."""
    if is_excluded:
        return Counter()
    found = Counter({CountKey("agent_decided", on, part=agent): 1})
    if is_degraded:
        found[CountKey("agent_degraded", on, part=agent)] = 1
    found[CountKey("agent_latency", on, part=f"{agent}:{bucket(latency_ms):03d}"[-MAX_PART_LENGTH:])] = 1
    if outcome in REFUSALS:
        found[CountKey("refused", on, part=rationale[:MAX_PART_LENGTH])] = 1
    return found


# None of these is the type of an event, because events are counted under their types.
REWARD_MEASURES = {
    "grant": "reward_units",
    "use": "reward_used",
    "expiry": "reward_expired",
    "reversal": "reward_taken_back",
    "restoral": "reward_taken_back",  # less of it
}


def reward_counts(*, loop: str, kind: str, cause: str, amount: int, cost_cents: int, on: date) -> Counts:
    """One line of the reward ledger by its cause, and its cost; a reversal subtracts the cost, a restoral adds it."""
    counted = -abs(amount) if cause == "restoral" else abs(amount)
    found = Counter({CountKey(REWARD_MEASURES[cause], on, loop, part=kind): counted})
    if cause == "grant":
        found[CountKey("reward_lines", on, loop, part=kind)] = 1
    if cost_cents:
        found[CountKey("reward_cents", on, loop, part=kind)] = cost_cents
    return found


def credit_counts(*, loop: str, persona: str, channel: str, model: str, basis_points: int, on: date) -> Counts:
    """The credit that one model gives one click of a sign-up; 10,000 basis points are a whole sign-up."""
    return Counter({CountKey("credit", on, loop, persona, f"{model}:{channel}"): basis_points})
