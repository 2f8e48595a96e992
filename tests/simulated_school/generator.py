"""The actions of all people, drawn from one seed; no clock, no database."""

import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from loops.events import GuestStarted, InviteSent, LinkClicked, LoopExposed, PromptDismissed, SignupAttributed
from viral_engine.accounts.events import AccountCreated
from viral_engine.kernel.agent_registry import ORCHESTRATOR, TRUST_AND_SAFETY
from viral_engine.learning.events import FvmReached, PracticeCompleted, PracticeStarted

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
CHANNELS = ("copy", "sms", "whatsapp", "email", "system")
CHANNEL_WEIGHTS = (20, 30, 28, 8, 14)
PRACTICED_BEFORE = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Behavior:
    """A loop and how people respond to it. `k` is the true K: referees in 14 days per exposed person."""

    name: str
    title: str
    persona: str
    k: float
    share_inviting: float
    joins: float  # of an invite
    reward: tuple[str, int, int]  # kind, amount, cents


LOOPS = (
    Behavior("buddy_challenge", "Buddy Challenge", "student", 1.45, 0.62, 0.55, ("streak_shield", 1, 5)),
    Behavior("results_rally", "Results Rally", "student", 0.80, 0.48, 0.40, ("referral_xp", 50, 0)),
    Behavior("proud_parent", "Proud Parent", "parent", 1.16, 0.55, 0.50, ("ai_tutor_minutes", 30, 120)),
    Behavior("tutor_spotlight", "Tutor Spotlight", "tutor", 0.95, 0.50, 0.35, ("referral_xp", 50, 0)),
)


@dataclass(slots=True)
class SimulatedPerson:
    id: int
    role: str
    joined_at: datetime
    person_id: str
    generation: int = 0


@dataclass(slots=True)
class SimulatedSchool:
    """Rows of the real tables as dictionaries; events in chronological order."""

    people: list[SimulatedPerson] = field(default_factory=list)
    guests: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    touches: list[dict[str, Any]] = field(default_factory=list)
    referrals: list[dict[str, Any]] = field(default_factory=list)
    rewards: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class _Generator:
    def __init__(
        self, *, seed: int, start: datetime, end: datetime, first_id: int, loops: tuple[Behavior, ...]
    ) -> None:
        self.dice, self.start, self.end, self.loops = Random(seed), start, end, loops
        self.ids, self.order, self.story = count(first_id), count(), SimulatedSchool()
        self.agenda: list[tuple[datetime, int, Any, tuple[Any, ...]]] = []

    def later(self, at: datetime, act: Any, *what: Any) -> None:
        """Plan an action; actions after the end are dropped."""
        if at < self.end:
            heappush(self.agenda, (at, next(self.order), act, what))

    def go_on(self) -> None:
        while self.agenda:
            at, _, act, what = heappop(self.agenda)
            act(at, *what)

    def log(self, what: str, at: datetime, /, *, actor: int | None = None, key: str | None = None, **more: Any) -> None:
        envelope = {name: str(more.pop(name, "")) for name in ("guest_id", "link_code")}
        row = {"type": what, "at": at, "actor_id": actor, "idempotency_key": key, "properties": more}
        self.story.events.append(row | envelope)

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    # -- Members ---------------------------------------------------------------------------------------------
    def meet(self, role: str, joined_at: datetime, person_id: str = "", generation: int = 0) -> SimulatedPerson:
        one = SimulatedPerson(next(self.ids), role, joined_at, person_id or self.uuid(), generation)
        self.story.people.append(one)
        first = max(self.start, joined_at)
        self.later(first + timedelta(hours=self.dice.uniform(0.1, 20)), self.live, one)
        mine = [loop for loop in self.loops if loop.persona == role]
        if mine:
            span = max(timedelta(hours=1), self.end - first)
            self.later(first + span * self.dice.random(), self.show, one, self.dice.choice(mine))
        return one

    def live(self, at: datetime, one: SimulatedPerson) -> None:
        """A day of practice, and the plan for the next one; referred people come back more often."""
        if one.role == "student":
            self.log(PracticeStarted.type, at, actor=one.id, skill="algebra", kind="practice", subject="math")
            facts: dict[str, Any] = {
                "subject": "math",
                "skill": "algebra",
                "kind": "practice",
                "score": self.dice.randint(30, 100),
            }
            self.log(PracticeCompleted.type, at + timedelta(minutes=3), actor=one.id, **facts, duration_s=180)
            self.decide(at, one, TRUST_AND_SAFETY.key, "allow")
        pause = self.dice.expovariate(0.42 if one.generation else 0.3)
        self.later(at + timedelta(days=max(0.7, pause)), self.live, one)

    def join(self, at: datetime) -> None:
        """A person finds the site on their own."""
        one = self.meet("student", at)
        self.log(AccountCreated.type, at, actor=one.id, role=one.role)

    # -- Loops -----------------------------------------------------------------------------------------------
    def show(self, at: datetime, one: SimulatedPerson, loop: Behavior) -> None:
        code = "".join(self.dice.choices(CODE_ALPHABET, k=8))
        ends = at + timedelta(days=30)
        self.story.links.append(
            {"code": code, "loop_id": loop.name, "referrer_id": one.id, "created_at": at, "expires_at": ends}
        )
        self.decide(at, one, ORCHESTRATOR.key, loop.name)
        self.log(LoopExposed.type, at, actor=one.id, link_code=code, loop=loop.name, prompt_id=1)
        if self.dice.random() >= loop.share_inviting:
            if self.dice.random() < 0.35:
                self.log(PromptDismissed.type, at, actor=one.id, link_code=code, loop=loop.name, prompt_id=1)
            return
        mean = loop.k / loop.share_inviting / loop.joins
        for _ in range(self.poisson(self.dice.gammavariate(2.5, mean / 2.5))):
            self.later(at + timedelta(days=6 * self.dice.random() ** 2), self.invite, one, loop, code)

    def invite(self, at: datetime, one: SimulatedPerson, loop: Behavior, code: str) -> None:
        channel = self.dice.choices(CHANNELS, CHANNEL_WEIGHTS)[0]
        self.log(InviteSent.type, at, actor=one.id, link_code=code, loop=loop.name, channel=channel)
        if self.dice.random() < 0.02:
            self.decide(at, one, TRUST_AND_SAFETY.key, "refuse", self.dice.choice(("hourly_cap", "daily_cap")))
        comes = self.dice.random() < loop.joins
        if comes or self.dice.random() < 0.3:
            self.later(at + timedelta(days=6.9 * self.dice.random() ** 3), self.click, one, loop, code, channel, comes)

    def click(self, at: datetime, one: SimulatedPerson, loop: Behavior, code: str, channel: str, comes: bool) -> None:
        guest = self.uuid()
        self.story.guests.append({"id": guest, "link_code": code, "created_at": at, "user_id": None})
        self.story.touches.append({"code": code, "visitor": guest, "channel": channel, "clicked_at": at})
        through: dict[str, Any] = {"guest_id": guest, "link_code": code}
        self.log(LinkClicked.type, at, **through, loop=loop.name, channel=channel)
        if not comes:
            return
        begins = at + timedelta(seconds=self.dice.uniform(5, 90))
        self.log(GuestStarted.type, begins, key=f"guest_started:{guest}", **through, loop=loop.name)
        reaches = begins + timedelta(seconds=self.dice.lognormvariate(4, 1))
        facts: dict[str, Any] = {"attempt_id": self.uuid(), "person_id": guest}
        self.log(FvmReached.type, reaches, key=f"fvm:{guest}", **through, **facts)
        if self.dice.random() < 0.7:
            self.later(reaches + timedelta(minutes=self.dice.expovariate(1 / 30)), self.sign_up, one, loop, code, guest)

    def sign_up(self, at: datetime, one: SimulatedPerson, loop: Behavior, code: str, guest: str) -> None:
        new = self.meet("student", at, guest, one.generation + 1)
        self.story.guests[self._guest(guest)]["user_id"] = new.id
        through: dict[str, Any] = {"guest_id": guest, "link_code": code}
        self.log(AccountCreated.type, at, actor=new.id, **through, role=new.role)
        key = f"attributed:{new.id}"
        self.log(SignupAttributed.type, at, actor=new.id, key=key, **through, loop=loop.name, referrer_id=one.id)
        self.story.referrals.append(
            {
                "referee_id": new.id,
                "referrer_id": one.id,
                "code": code,
                "visitor": guest,
                "generation": new.generation,
                "attributed_at": at,
            }
        )
        kind, amount, cents = loop.reward
        line = {"kind": kind, "amount": amount, "cost_cents": cents, "reason": loop.title, "at": at}
        self.story.rewards.append(line | {"user_id": one.id, "loop": loop.name, "key": f"{loop.name}:{new.id}:inviter"})

    def _guest(self, guest: str) -> int:
        guests = self.story.guests
        return next(place for place in range(len(guests) - 1, -1, -1) if guests[place]["id"] == guest)

    def decide(
        self, at: datetime, one: SimulatedPerson, agent: str, outcome: str, rationale: str = "As simulated."
    ) -> None:
        latency_ms = self.dice.lognormvariate(2.2 if agent == ORCHESTRATOR.key else 0.4, 0.5)
        row = {"agent": agent, "actor_id": one.id, "type": "simulated", "outcome": outcome, "rationale": rationale}
        is_degraded = self.dice.random() < 0.004
        self.story.decisions.append(row | {"is_degraded": is_degraded, "latency_ms": latency_ms, "decided_at": at})

    def poisson(self, mean: float) -> int:
        """Draw from a Poisson distribution by Knuth's method."""
        limit, product, found = math.exp(-mean), self.dice.random(), 0
        while product > limit:
            product *= self.dice.random()
            found += 1
        return found


def generate_school(
    *, seed: int, people: int, start: datetime, end: datetime, first_id: int = 1, loops: tuple[Behavior, ...] = LOOPS
) -> SimulatedSchool:
    """Generate a school of `people` members at `start` and its events until `end`; same seed, same school.

    Every person is shown one loop at a random time. The number of invites is gamma-mixed, so that referrers differ like
    real people. All effects of an invite happen within 14 days of the exposure.
    """
    generator = _Generator(seed=seed, start=start, end=end, first_id=first_id, loops=loops)
    roles = [role for role in ("student", "student", "parent", "tutor") if any(one.persona == role for one in loops)]
    for number in range(people):
        generator.meet(roles[number % len(roles)], start - PRACTICED_BEFORE * generator.dice.random())
    days = (end - start).days
    for _ in range(people // 60 * days // 7):
        generator.later(start + (end - start) * generator.dice.random(), generator.join)
    generator.go_on()
    generator.story.events.sort(key=lambda row: row["at"])
    return generator.story
