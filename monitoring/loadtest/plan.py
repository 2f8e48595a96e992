"""The settings of one load test, and the learners that a load generator plays."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

USERS_OF_THE_AIM = 5000
MAX_WARM_UP_S, MIN_WARM_UP_S = 20.0, 2.0


class Person(TypedDict):
    """One learner for the load generator; the topic is that of their cohort."""

    number: int
    id: int
    session: str
    token: str
    topic: str


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """`events` is the rate of orchestrated events, a second, of 5,000 users; fewer users make fewer."""

    users: int
    duration_s: float
    folder: Path
    web: int = 1
    workers: int = 1
    url: str = ""  # of a running site; empty: the test starts its own servers
    events: float = 50.0
    warm_up_users: int = 100
    is_soak: bool = False

    @property
    def events_per_s(self) -> float:
        return self.events * self.users / USERS_OF_THE_AIM

    @property
    def warm_up_s(self) -> float:
        return min(max(self.duration_s / 5, MIN_WARM_UP_S), MAX_WARM_UP_S)

    @property
    def arrivals_per_s(self) -> float:
        return max(self.users / 60, 50.0)

    @property
    def max_run_s(self) -> float:
        """The run is stopped after this time, whatever happens."""
        return self.warm_up_s + self.duration_s + self.users / self.arrivals_per_s + 120
