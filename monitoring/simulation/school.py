"""The school's weeks: an agenda of acts by their time, and the outbox drained after each hour in the relay's place."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import exp
from random import Random
from typing import Any

from experiments.models import Experiment, Phase
from experiments.services.lifecycle import start_experiment
from loops.core.default_experiments import load_default_experiments
from loops.proud_parent.recaps import generate_recaps
from monitoring.simulation.people import Resident, Residents
from monitoring.simulation.plan import AFTERMATH, EXPERIMENT, LoopBehavior, SimulationPlan
from viral_engine.kernel import outbox
from viral_engine.kernel.circuit_breaker import reset_breakers
from viral_engine.learning.models import Skill, Subject
from viral_engine.learning.services.catalogue import load_catalogue

HOUR = timedelta(hours=1)
Act = Callable[..., None]


@dataclass(frozen=True, slots=True)
class FirstOffer:
    """A person's first offer of a loop, and the friends it brings in expectation."""

    loop: str
    arm: str
    user_id: int
    expected_k: float


@dataclass(slots=True)
class SchoolRun:
    """One simulation in progress: what the acts share, and what they note for the read-out."""

    plan: SimulationPlan
    dice: Random
    residents: Residents
    skills: list[Skill]
    subject: Subject
    exposures: dict[tuple[str, int], FirstOffer] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    honest_ids: list[int] = field(default_factory=list)  # accounts that came through a link
    cheat_ids: list[int] = field(default_factory=list)  # second accounts of a referrer
    agenda: list[tuple[datetime, int, Act, tuple[Any, ...]]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def later(self, at: datetime, act: Act, *what: Any) -> None:
        """Plan an act; it runs as `act(run, at, *what)`."""
        heappush(self.agenda, (at, next(self._order), act, what))

    def hours(self, least: float, most: float) -> timedelta:
        return timedelta(hours=self.dice.uniform(least, most))

    def poisson(self, mean: float) -> int:
        """Draw from a Poisson distribution by Knuth's method."""
        limit, product, found = exp(-mean), self.dice.random(), 0
        while product > limit:
            product *= self.dice.random()
            found += 1
        return found

    def is_open(self, at: datetime) -> bool:
        """Whether people still begin new things."""
        return at < self.plan.end

    def note_exposure(self, one: Resident, behavior: LoopBehavior, arm: str) -> bool:
        """Note a person's first offer of a loop; False for a later one."""
        key = (behavior.name, one.id)
        if key in self.exposures:
            return False
        self.exposures[key] = FirstOffer(behavior.name, arm, one.id, behavior.k_of(arm))
        return True


def run_school(plan: SimulationPlan, begin: Act, *, report: Callable[[float], None] = lambda _: None) -> SchoolRun:
    """Let the school live in this process's empty, migrated database; `begin` plans the first acts.

    The relay's place is taken by a drain after each hour: a listener runs at most an hour of the school's time late.
    `report` hears the share that is done, 0..1.
    """
    dice = Random(plan.seed)  # noqa: S311  (the same school for the same seed)
    load_catalogue()
    math = Subject.objects.get(slug="math")
    skills = list(Skill.objects.select_related("subject").filter(subject=math).order_by("pk"))
    run = SchoolRun(plan, dice, Residents(dice, plan.habits), skills, math)
    _start_experiment(plan)
    run.residents.enroll(plan.users, plan.start)
    _drain(plan.start)
    begin(run, plan.start)
    hour, end = plan.start, plan.end + AFTERMATH
    while hour < end:
        hour += HOUR
        while run.agenda and run.agenda[0][0] < hour:
            at, _, act, what = heappop(run.agenda)
            act(run, at, *what)
        _drain(hour)
        report((hour - plan.start) / (end - plan.start))
    return run


def _start_experiment(plan: SimulationPlan) -> None:
    """Start the experiment of copy alone; its assignment follows the simulation's seed."""
    load_default_experiments()
    phase = start_experiment(experiment=Experiment.objects.get(key=EXPERIMENT), by=None, at=plan.start)
    Phase.objects.filter(pk=phase.pk).update(seed=f"{plan.seed:08x}"[-8:])


def _drain(at: datetime) -> None:
    while outbox.drain(at=at):
        continue
    reset_breakers()  # a slow machine must not change the numbers of a seed


def make_recaps(run: SchoolRun, at: datetime) -> None:
    """The periodic task of Monday morning."""
    generate_recaps(at=at, batches=100)
    if run.is_open(at + timedelta(days=7)):
        run.later(at + timedelta(days=7), make_recaps)
