"""The contract of a loop: one folder with one object of a class that extends ViralLoop."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from experiments.services.assignment import Variant
from loops.core.experiment_adapter import arms_for
from loops.core.personalization import personalized_copy
from loops.core.share import ShareCard, ShareCopy
from loops.models import Link, Loop
from loops.rules.copy import Texts
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import CohortMembership, User
from viral_engine.kernel.agent_registry import EXPERIMENTATION, PERSONALIZATION, Agent
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Attempt, Result

PEERS_ACTIVE_IN = timedelta(days=7)
CARD_DESIGN = "card_design"  # the experiment that every loop takes part in
E = TypeVar("E", bound=Event)


class Stage(StrEnum):
    """The stage a referee has reached."""

    SIGN_UP = "sign_up"
    FIRST_VALUE = "first_value"


@dataclass(frozen=True, slots=True)
class EarnedReward:
    """One reward for one side of a referral; `part` names the side in the ledger's key, for example inviter."""

    user: User
    kind: str
    amount: int
    part: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A loop's part of a result page. The template reads `panel.page`, `attempt` and `is_guest`."""

    template: str
    page: object
    is_action: bool = False  # a button to press; shown below what happened


@runtime_checkable
class AboutAttempt(Protocol):
    """An event about one finished attempt."""

    @property
    def attempt_id(self) -> str: ...
    @property
    def score(self) -> int: ...


@runtime_checkable
class AboutSubject(Protocol):
    """An event about one subject, by slug."""

    @property
    def subject(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Peers:
    """The person's active cohort; `active` counts its members with a result in the last 7 days, themselves included."""

    cohort_id: int
    active: int


@dataclass(frozen=True)  # no slots: `peers` is cached
class OfferContext:
    """Facts about the person and the event, for the orchestrator's decision."""

    event: Event
    user: User
    engagement: str  # low | medium | high
    score: int  # of the result the event is about
    is_milestone: bool
    at: datetime
    degraded_reasons: list[str] = field(default_factory=list)  # reasons for agents' fallbacks
    decisions: list[Decision] = field(default_factory=list)  # of agents that took part, logged with the offer

    def note(self, degraded_reason: str) -> None:
        """Log that an agent answered with a fallback; an empty reason is ignored."""
        if degraded_reason:
            self.degraded_reasons.append(degraded_reason)

    def decide(  # the columns of a decision
        self, agent: Agent, outcome: str, rationale: str, *, degraded_reason: str = "", **features: object
    ) -> None:
        """Log an agent's part in this offer, in the statement that logs the offer itself; a fallback is noted."""
        self.note(degraded_reason)
        made = Decision(
            agent=agent.key,
            actor_id=self.user.pk,
            type=self.event.type,
            outcome=outcome,
            rationale=f"{rationale} {degraded_reason}".strip(),
            features=features,
            is_degraded=bool(degraded_reason),
            decided_at=self.at,
        )
        self.decisions.append(made)

    def require(self, kind: type[E]) -> E:
        """The event, known to be of this class.

        Raises  OfferUnavailable for any other.
        """
        if not isinstance(self.event, kind):
            raise OfferUnavailable(f"{self.event.type} is not {kind.type}")
        return self.event

    @property
    def subject(self) -> str:
        """Slug of the event's subject; empty when it has none."""
        return self.event.subject if isinstance(self.event, AboutSubject) else ""

    @property
    def attempt_id(self) -> str:
        """The attempt whose result page shows the offer; empty when the offer waits on the home page."""
        return self.event.attempt_id if isinstance(self.event, AboutAttempt) else ""

    @cached_property
    def peers(self) -> Peers | None:
        """None without an active cohort. Cost  1 query, once, and only for a loop that reads it."""
        mine = CohortMembership.objects.filter(user=self.user, cohort__is_active=True).order_by("-is_primary", "pk")
        lately = Result.objects.all().active_in_cohort(OuterRef("cohort_id"), since=self.at - PEERS_ACTIVE_IN)
        row = mine.annotate(active=Coalesce(Subquery(lately), 0)).values_list("cohort_id", "active").first()
        return Peers(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Ineligibility:
    """The reason why a loop is not offered now, for the decision log and, if they asked, for the person."""

    logged: str
    message: str = ""


class OfferUnavailable(Exception):
    """The loop lacks something it needs; the next best loop is tried. `message` as in Ineligibility."""

    def __init__(self, logged: str, message: str = "") -> None:
        super().__init__(logged)
        self.message = message


def copy_at(
    context: OfferContext, loop: str, *, subject: str, arms: Iterable[Mapping[str, Any]] = ()
) -> dict[str, str]:
    """The texts a link of the loop carries for this person, logged as the Personalization agent's decision.

    Cost  as `personalized_copy`.
    """
    user, engagement = context.user, context.engagement
    answer = personalized_copy(user=user, loop=loop, engagement=engagement, subject=subject, at=context.at, arms=arms)
    reason = f"Copy for a {user.role} of {engagement} engagement, in {user.get_language_display()}."
    context.decide(PERSONALIZATION, "copy", reason, degraded_reason=answer.degraded_reason, loop=loop, subject=subject)
    return answer.value


def arms_at(context: OfferContext, names: Iterable[str]) -> dict[str, Variant]:
    """The person's variant in each experiment, logged as the Experimentation agent's decision.

    Cost  as `arms_for`.
    """
    answer = arms_for(context.user, names, context.at)
    arms = {name: variant.arm for name, variant in answer.value.items() if variant.is_enrolled}
    outcome = "enrolled" if arms else "control"
    reason = ", ".join(f"{name}: {arm}" for name, arm in arms.items()) or "No running experiment includes this person"
    context.decide(EXPERIMENTATION, outcome, f"{reason}.", degraded_reason=answer.degraded_reason, arms=arms)
    return answer.value


class ViralLoop(ABC):
    """One loop. Its name is the name of its folder, of its row and of its flag (FEATURE_<NAME>)."""

    name: ClassVar[str]
    action: ClassVar[str]  # the page's reaction to the decision, for example show_share_modal
    triggers: ClassVar[frozenset[type[Event]]]  # events that may start it
    user_initiated: ClassVar[frozenset[type[Event]]] = frozenset()  # triggers without cooldown and daily cap
    experiments: ClassVar[tuple[str, ...]] = (CARD_DESIGN,)  # experiments that may change its copy, rewards or terms
    persona: ClassVar[str] = "student"  # who shares: student | parent | tutor
    occasion: ClassVar[str]  # what it takes to start it, as the rewards page says it
    copy: ClassVar[Mapping[str, Texts]]  # language -> texts
    sample_card: ClassVar[ShareCard | None] = None  # with made-up facts, for the copy kit
    purposes: ClassVar[tuple[str, ...]] = ()  # of signed tokens that lead to this loop's own pages
    detail_relations: ClassVar[tuple[str, ...]] = ()  # paths from a link to the rows its copy and card read
    unread_details: ClassVar[tuple[str, ...]] = ()  # large columns of those rows that no page of a link needs
    closes_at: ClassVar[str] = ""  # path from a link to an instant after which a live link offers nothing

    def recipient_id(self, event: Event) -> int | None:
        """The person the loop is offered to; None when no member caused the event."""
        return event.actor_id

    @abstractmethod
    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:
        """Why this person is not eligible, or None. Runs no query except `context.peers`."""

    @abstractmethod
    def build(self, context: OfferContext) -> Link:
        """Create the link and its rows; the orchestrator holds the transaction.

        Raises  OfferUnavailable; everything written so far is rolled back.
        """

    @abstractmethod
    def share_copy(self, link: Link) -> ShareCopy:
        """The copy of the link, for the page and for the friend; no query for a link with details."""

    @abstractmethod
    def share_card(self, link: Link, at: datetime) -> ShareCard:
        """The card of the link, fit for outsiders; 1 query for a minor's name, more where it shows live data."""

    @abstractmethod
    def landing(self, link: Link) -> str:
        """The address of the landing page, with a token for one of `purposes`."""

    def rewards_for(self, link: Link, referee: User, stage: Stage) -> tuple[EarnedReward, ...]:  # noqa: ARG002
        """The rewards that both sides earn when a referee reaches the stage; no query for a link with details.

        A loop that rewards something else calls `payouts.pay_rewards` from its services.
        """
        return ()

    def panels(self, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:  # noqa: ARG002
        """The loop's panels under the result of this attempt."""
        return ()
