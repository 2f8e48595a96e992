"""The probe of each agent: a call that changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter

from experiments.models import Phase
from feeds.queries import recommended_rooms
from loops.core import orchestrator
from loops.core.links import find_link, token_for
from loops.core.personalization import copy_for
from loops.events import ChallengeInitiated
from loops.models import Link, RewardEntry
from loops.rules.copy import CopyAudience
from loops.session_intelligence.rules.extractive import RoleCue, summarize
from loops.tutor_spotlight.queries import referrals_of
from monitoring.health.rules import ProbeResult
from viral_engine.accounts.models import User
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel import agent_registry as agents
from viral_engine.kernel.agent_registry import Agent
from viral_engine.kernel.clock import today
from viral_engine.safety import services as safety

UNKNOWN_ID = 0  # no account has this id
STRANGER = ViewerProfile(
    id=UNKNOWN_ID,
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
class ProbedAgent:
    """An agent of the registry and its probe, which writes nothing and raises when the agent cannot answer."""

    agent: Agent
    probe: Callable[[datetime], object]


def unsaved_user() -> User:
    """An adult learner who is not in the database."""
    return User(pk=UNKNOWN_ID, username="probe", birthdate=date(1990, 1, 1))


def probe_orchestrator(at: datetime) -> object:
    asked = ChallengeInitiated(actor_id=UNKNOWN_ID, attempt_id="", skill="", score=orchestrator.PERFECT)
    return orchestrator.ineligibility_to_ask(asked, unsaved_user(), score=orchestrator.PERFECT, at=at)


def probe_trust_and_safety(at: datetime) -> object:
    return safety.evaluate_action(user=unsaved_user(), action="send_invite", at=at)


def probe_incentives(at: datetime) -> object:
    return RewardEntry.objects.all().holdings(UNKNOWN_ID, at)


def probe_attribution(_: datetime) -> object:
    code = Link(code="00000000")  # no link has this code; the signature is valid
    return find_link(token_for(code, "challenge"), "challenge")


def probe_personalization(at: datetime) -> object:
    return copy_for("buddy_challenge", CopyAudience("student"), at)


def probe_experimentation(_: datetime) -> object:
    return Phase.objects.all().served().exists()  # not the cache, which outlives a lost database


def probe_social_presence(at: datetime) -> object:
    return recommended_rooms(STRANGER, at=at)


def probe_tutor_advocacy(at: datetime) -> object:
    return referrals_of(unsaved_user(), at)


def probe_session_intelligence(at: datetime) -> object:
    said = [RoleCue(1, "student", "I do not understand fractions."), RoleCue(2, "tutor", "We practice them.")]
    summary = summarize(said, skills={"fractions": "Fractions"}, said_on=today(at))
    if not summary.skill_gaps:
        raise LookupError("The summarizer found no gap.")
    return summary


PROBED: dict[str, ProbedAgent] = {}


def register_probe(agent: Agent, probe: Callable[[datetime], object]) -> None:
    """Probe the agent and judge its decisions from the next check on."""
    PROBED[agent.key] = ProbedAgent(agent, probe)


register_probe(agents.ORCHESTRATOR, probe_orchestrator)
register_probe(agents.TRUST_AND_SAFETY, probe_trust_and_safety)
register_probe(agents.INCENTIVES, probe_incentives)
register_probe(agents.ATTRIBUTION, probe_attribution)
register_probe(agents.PERSONALIZATION, probe_personalization)
register_probe(agents.EXPERIMENTATION, probe_experimentation)
register_probe(agents.SOCIAL_PRESENCE, probe_social_presence)
register_probe(agents.TUTOR_ADVOCACY, probe_tutor_advocacy)
register_probe(agents.SESSION_INTELLIGENCE, probe_session_intelligence)


def run_probe(probed: ProbedAgent, at: datetime) -> ProbeResult:
    """Time one probe. Only the kind of an error is kept, because its message may contain personal data."""
    started = perf_counter()
    try:
        probed.probe(at)
    except Exception as error:  # noqa: BLE001  (any error means that the agent does not answer)
        return ProbeResult(None, type(error).__name__)
    return ProbeResult((perf_counter() - started) * 1000)
