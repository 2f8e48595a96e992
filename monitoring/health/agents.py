"""The agents, and how each is asked something whose answer changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter

from experiments.services import running_count
from feeds.pages import clubs_for
from loops import orchestrator
from loops.events import ChallengeInitiated
from loops.models import Link, RewardEntry
from loops.rules.copy import Audience
from loops.services import personalization
from loops.services.links import find_link, token_for
from loops.services.personalization import copy_for
from loops.tutor_spotlight.pages import referrals_of
from monitoring.health.rules import BUDGET_MS, Answer
from viral_engine.accounts.cards import Card
from viral_engine.accounts.models import User
from viral_engine.safety import services as safety

NOBODY = 0  # an id that no account has
STRANGER = Card(
    id=NOBODY,
    name="",
    avatar="",
    may_enter=True,
    is_visible=False,
    feed_visible=False,
    is_child=False,
    wants_prompts=False,
    signed_out_at=None,
)


@dataclass(frozen=True, slots=True)
class Agent:
    """`name` is the one in the decision log; `probe` asks the agent itself, writes nothing, and raises if it cannot."""

    name: str
    title: str
    probe: Callable[[datetime], object]
    budget_ms: float = BUDGET_MS


def somebody() -> User:
    """An adult learner who is stored nowhere."""
    return User(pk=NOBODY, username="probe", birthdate=date(1990, 1, 1))


def ask_orchestrator(at: datetime) -> object:
    asked = ChallengeInitiated(actor_id=NOBODY, attempt_id="", skill="", score=orchestrator.PERFECT)
    return orchestrator.ineligibility_to_ask(asked, somebody(), score=orchestrator.PERFECT, at=at)


def ask_safety(at: datetime) -> object:
    return safety.weigh_action(user=somebody(), action="send_invite", at=at)


def ask_incentives(at: datetime) -> object:
    return RewardEntry.objects.all().holdings(NOBODY, at)


def ask_attribution(_: datetime) -> object:
    code = Link(code="00000000")  # never drawn; signed by us
    return find_link(token_for(code, "challenge"), "challenge")


def ask_personalization(at: datetime) -> object:
    return copy_for("buddy_challenge", Audience("student"), at)


def ask_experimentation(_: datetime) -> object:
    return running_count()


def ask_social_presence(at: datetime) -> object:
    return clubs_for(STRANGER, at=at)


def ask_tutor_advocacy(at: datetime) -> object:
    return referrals_of(somebody(), at)


AGENTS: dict[str, Agent] = {}


def register_agent(agent: Agent) -> None:
    """From the next check on, the agent is asked and its decisions are judged."""
    AGENTS[agent.name] = agent


register_agent(Agent(orchestrator.AGENT, "Orchestrator", ask_orchestrator))
register_agent(Agent(safety.AGENT, "Trust & Safety", ask_safety))
register_agent(Agent("incentives", "Incentives & Economy", ask_incentives))
register_agent(Agent("attribution", "Attribution", ask_attribution))
register_agent(Agent(personalization.AGENT, "Personalization", ask_personalization))
register_agent(Agent("experimentation", "Experimentation", ask_experimentation))
register_agent(Agent("social_presence", "Social Presence", ask_social_presence))
register_agent(Agent("tutor_advocacy", "Tutor Advocacy", ask_tutor_advocacy))


def ask(agent: Agent, at: datetime) -> Answer:
    """What came of the probe; the kind of an error is told, its words may name people."""
    started = perf_counter()
    try:
        agent.probe(at)
    except Exception as error:  # noqa: BLE001  (whatever it is, the agent does not answer)
        return Answer(None, type(error).__name__)
    return Answer((perf_counter() - started) * 1000)
