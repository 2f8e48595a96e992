"""What a loop is: one folder with one object that keeps this contract."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from loops.models import Link, Loop
from loops.services.dues import Due
from loops.services.personalization import personal_words
from loops.share import Picture, Words
from viral_engine.accounts.models import CohortMembership, User
from viral_engine.kernel.events import Event
from viral_engine.learning.models import Result

PEERS_ACTIVE_IN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Peers:
    """The person's active cohort, and how many of it finished something lately, themselves included."""

    cohort_id: int
    active: int


@dataclass(frozen=True)  # no slots: what is asked for late is kept
class Moment:
    """What the orchestrator knows of the person when it decides."""

    event: Event
    user: User
    engagement: str  # low | medium | high
    score: int  # of the result the event is about
    is_milestone: bool
    at: datetime
    troubles: list[str] = field(default_factory=list)  # agents that could not answer; defaults stood in for them

    def note(self, trouble: str) -> None:
        """The decision will say what an agent could not do; empty for one that could."""
        if trouble:
            self.troubles.append(trouble)

    @property
    def subject(self) -> str:
        """Slug of the subject it is about; empty where it is about none, or the event does not say."""
        return str(getattr(self.event, "subject", ""))

    @property
    def attempt_id(self) -> str:
        """The attempt whose result page shows the offer; empty where it waits on the person's home."""
        return str(getattr(self.event, "attempt_id", ""))

    @cached_property
    def peers(self) -> Peers | None:
        """None without an active cohort. Cost  1 query, once, and only for a loop that asks."""
        mine = CohortMembership.objects.filter(user=self.user, cohort__is_active=True).order_by("-is_primary", "pk")
        lately = Result.objects.all().active_in_cohort(OuterRef("cohort_id"), since=self.at - PEERS_ACTIVE_IN)
        row = mine.annotate(active=Coalesce(Subquery(lately), 0)).values_list("cohort_id", "active").first()
        return Peers(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a loop is not for this person now: in the log's words, and in the person's, empty where they never asked."""

    logged: str
    told: str = ""


class CannotBuild(Exception):
    """The loop lacks what it needs at this moment; the next best is tried, and the log says why. `told` is for the
    person, as in an objection."""

    def __init__(self, logged: str, told: str = "") -> None:
        super().__init__(logged)
        self.told = told


def words_at(moment: Moment, loop: str, *, subject: str, arms: Iterable[Mapping[str, Any]] = ()) -> dict[str, str]:
    """The texts a link of the loop carries for this person; that a default stood in is noted.

    Cost  as `personal_words`.
    """
    answer = personal_words(
        user=moment.user, loop=loop, engagement=moment.engagement, subject=subject, at=moment.at, arms=arms
    )
    moment.note(answer.trouble)
    return answer.value


class ViralLoop(Protocol):
    name: str
    action: str  # what the page does with the decision, for example show_share_modal
    triggers: frozenset[str]  # event types that may start it
    experiments: tuple[str, ...]  # whose arms may change its words, rewards or terms
    asked_for: frozenset[str]  # those of them the person asked for: no cooldown, no prompt cap

    def objection(self, loop: Loop, moment: Moment) -> Objection | None:
        """Why this person is not eligible at this moment, or None; no query but what the moment is asked for late."""

    def whom(self, event: Event) -> int | None:
        """The person it would be offered to: mostly the actor; None for nobody with an account."""

    def build(self, moment: Moment) -> Link:
        """Everything the share pack needs exists; the orchestrator holds the transaction.

        Raises  CannotBuild; what was written until then is undone.
        """

    def words(self, link: Link) -> Words:
        """What is said of the link, in words for a page and for a friend; no query for a whole link."""

    def picture(self, link: Link, at: datetime) -> Picture:
        """The card that goes with it, fit for outsiders; 1 query for a minor's name, more where it shows what lives."""

    def landing(self, link: Link) -> str:
        """The address its followers are led to, signed for that purpose alone."""

    def dues(self, link: Link, joiner: User, milestone: str) -> tuple[Due, ...]:
        """What who joined has earned, themselves included, once they reached the milestone: sign_up | first_value.

        Empty where the loop pays for something else, by services of its own. No query for a whole link.
        """
