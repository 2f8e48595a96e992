"""The planted truth: how simulated people respond to each loop, and who they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

EXPERIMENT = "buddy_challenge_copy"
TREATED = "variant_a"
SIGN_UP_RATE = 0.6  # of friends with a first value
LOOK_RATE = 0.3  # of friends without one, who open the link and leave
DISMISS_RATE = 0.25  # of people who do not share


@dataclass(frozen=True, slots=True)
class LoopBehavior:
    """The response to the first offer of a loop; later ones of the same loop are only looked at.

    Units  rates are 0..1; `invites` is the mean of those who share, at least 1.
    """

    name: str
    share_rate: float
    invites: float
    join_rate: float  # of an invite: a friend with a first value
    lift: float = 0.0  # relative, of the share rate, in the experiment's treated arm

    def share_rate_of(self, arm: str) -> float:
        return self.share_rate * (1 + self.lift * (arm == TREATED))

    def k_of(self, arm: str) -> float:
        """The true K of people in this arm: expected friends with a first value for each person shown the loop."""
        return self.share_rate_of(arm) * self.invites * self.join_rate


LOOPS = {
    one.name: one
    for one in (
        LoopBehavior("buddy_challenge", share_rate=0.35, invites=2.0, join_rate=0.5, lift=0.5),
        LoopBehavior("results_rally", share_rate=0.30, invites=2.0, join_rate=0.45),
        LoopBehavior("proud_parent", share_rate=0.55, invites=2.2, join_rate=0.6),
        LoopBehavior("tutor_spotlight", share_rate=0.85, invites=3.2, join_rate=0.7),
    )
}


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares 0..1 of what people are and do; a day's practice is by person and day."""

    parents: float = 0.2
    tutors: float = 0.06
    children: float = 0.15  # of learners: under 13
    consents: float = 0.5  # of children: a parent agreed
    shares_progress: float = 0.8  # of parents: agreed that the child's week may be shared
    cheats: float = 0.03  # of learners: invite themselves
    practice: float = 0.22
    referred_practice: float = 0.3
    tests: float = 0.12  # of practices: a practice test of twenty questions instead
    five_stars: float = 0.5
    finds_us: float = 0.008  # newcomers without a link, each day, for each person at the start
    opts_out: float = 0.05  # of parents, each week, from growth e-mail; of learners, from offers


@dataclass(frozen=True, slots=True)
class SimulationPlan:
    """One simulation. `start` is a Monday at midnight of the site's day."""

    users: int
    days: int
    seed: int
    start: datetime
    habits: Habits = Habits()

    @property
    def end(self) -> datetime:
        """Nobody does anything new from here on; what is under way goes on for `AFTERMATH`."""
        return self.start + timedelta(days=self.days)

    @property
    def read_at(self) -> datetime:
        """The moment of the read-out: everyone who was shown a loop has had 14 days."""
        return self.end + timedelta(days=15, hours=12)


AFTERMATH = timedelta(days=3)
