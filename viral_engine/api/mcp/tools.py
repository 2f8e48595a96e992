"""One tool for each capability of an agent. The docstrings are what other agents read.

Arguments and answers are typed: the SDK makes the schemas from them. A person is named by the program's own id.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from loops.core import personalization
from loops.core.rewards import action_points, grants
from loops.core.rewards.grants import GrantRefused
from loops.models import RewardEntry
from loops.session_intelligence.queries import latest_summary
from presence.rules import headcount
from presence.services import headcounts_now, learners_online
from viral_engine.api.mcp.calls import ToolCall, agent_tool
from viral_engine.api.mcp.replies import (
    BalanceReply,
    CopyReply,
    DecisionsReply,
    EventReply,
    GrantReply,
    HeadcountReply,
    OfferReply,
    PointsReply,
    RecommendationsReply,
    SummaryReply,
    VerdictReply,
)
from viral_engine.api.problems import Refusal
from viral_engine.api.routes.facts import decision_reply
from viral_engine.api.routes.links import known_loop, offered_link, reply
from viral_engine.api.routes.site_numbers import experiment_reply, growth_of, variant_reply
from viral_engine.api.schemas.base import ExternalId, Slug
from viral_engine.api.schemas.reads import ExperimentReply, GrowthReply, VariantReply
from viral_engine.api.services.inbound import accept_events
from viral_engine.kernel.agent_registry import (
    ATTRIBUTION,
    EXPERIMENTATION,
    INCENTIVES,
    ORCHESTRATOR,
    PERSONALIZATION,
    SESSION_INTELLIGENCE,
    SOCIAL_PRESENCE,
    TRUST_AND_SAFETY,
    TUTOR_ADVOCACY,
)
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Subject
from viral_engine.safety.services.checks import evaluate_action, record_verdict

Person = Annotated[ExternalId, Field(description="The person, by your id.")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")]
Text = Annotated[str, Field(min_length=1, max_length=120)]
NEWEST = 20


# -- Orchestrator ------------------------------------------------------------------------------------------
@agent_tool(ORCHESTRATOR, "links:write")
def route_loop(call: ToolCall, person: Person, loop: Code) -> OfferReply:
    """Ask the orchestrator to offer this loop to the person now; the answer is a link, or why there is none."""
    link, reason = offered_link(known_loop(loop), call.user, call.at)
    return OfferReply(person=person, loop=loop, link=reply(link) if link is not None else None, reason=reason)


@agent_tool(ORCHESTRATOR, "events:write")
def trigger_event(
    call: ToolCall, event: Annotated[dict[str, Any], Field(description="As in POST /events.")]
) -> EventReply:
    """Tell what happened, with an id of yours that is taken once; loops may follow, see `get_decisions`."""
    report = accept_events(program=call.program, sent=[event], at=call.at).results[0]
    return EventReply(status=report.status, problem=report.problem)


@agent_tool(ORCHESTRATOR, "decisions:read")
def get_decisions(call: ToolCall, person: Person) -> DecisionsReply:
    """Read the newest twenty decisions of all agents about the person, each with its reason."""
    newest = Decision.objects.filter(actor_id=call.user.pk).order_by("-decided_at")[:NEWEST]
    return DecisionsReply(person=person, decisions=[decision_reply(one) for one in newest])


# -- Personalization ---------------------------------------------------------------------------------------
@agent_tool(PERSONALIZATION, "agents:ask")
def personalize(
    call: ToolCall, person: Person, loop: Code, engagement: Literal["low", "medium", "high"] = "medium"
) -> CopyReply:
    """Read the words of a loop for this person: their role, language, subject and engagement."""
    user = call.user
    known_loop(loop)
    copy = personalization.personalized_copy(
        user=user, loop=loop, engagement=engagement, subject=user.current_subject, at=call.at
    )
    return CopyReply(person=person, loop=loop, language=user.language, words=copy.value)


@agent_tool(PERSONALIZATION, "agents:ask")
def get_recommendations(call: ToolCall, person: Person, subject: Slug) -> RecommendationsReply:
    """Read up to three skills that the learner should practice next, each with its reason."""
    found = Subject.objects.filter(slug=subject).first()
    if found is None:
        raise Refusal(404, "skill_unknown")
    best = personalization.get_recommendations(call.user, found, call.at)
    return RecommendationsReply(person=person, subject=subject, recommendations=best)


# -- Incentives and economy --------------------------------------------------------------------------------
@agent_tool(INCENTIVES, "rewards:read")
def calculate_reward(call: ToolCall, person: Person, action: Code) -> PointsReply:
    """Read how many points an action earns the person, and the reason they read. Nothing is granted."""
    worth = action_points.calculate_reward(action, call.user)
    return PointsReply(person=person, action=action, points=worth.points, reason=worth.reason)


@agent_tool(INCENTIVES, "rewards:read")
def get_balance(call: ToolCall, person: Person) -> BalanceReply:
    """Read what the person can spend now, and what is on hold, by kind of reward."""
    entries = RewardEntry.objects.all()
    return BalanceReply(
        person=person, balances=entries.holdings(call.user.pk, call.at), held=entries.held(call.user.pk)
    )


@agent_tool(INCENTIVES, "rewards:write")
def grant_points(
    call: ToolCall,
    person: Person,
    points: Annotated[int, Field(ge=1, le=500)],
    reason: Annotated[Text, Field(description="The person reads it.")],
    key: Annotated[Code, Field(description="Yours; a repeated key grants nothing more.")],
) -> GrantReply:
    """Grant points once per key, within the person's daily cap."""
    own = f"mcp:{call.program.pk}:{key}"
    try:
        entry = grants.grant_reward(user=call.user, kind="points", amount=points, reason=reason, key=own, at=call.at)
    except GrantRefused as refused:
        return GrantReply(person=person, points=0, refused=refused.reason)
    except ValueError as error:  # the key granted points to another person
        raise Refusal(409, "idempotency_key_reused") from error
    return GrantReply(person=person, points=entry.amount, refused=None)


# -- Trust and safety --------------------------------------------------------------------------------------
@agent_tool(TRUST_AND_SAFETY, "agents:ask")
def check_action(call: ToolCall, person: Person, action: Code) -> VerdictReply:
    """Ask whether the person may do this now, for example `send_invite`; caps count the question."""
    verdict = evaluate_action(user=call.user, action=action, at=call.at)
    record_verdict(verdict)
    return VerdictReply(
        person=person, action=action, is_allowed=verdict.is_allowed, outcome=verdict.decision.outcome,
        reason=verdict.reason,
    )  # fmt: skip


# -- Experimentation ---------------------------------------------------------------------------------------
@agent_tool(EXPERIMENTATION, "experiments:read")
def get_variant(call: ToolCall, person: Person, experiment: Code) -> VariantReply:  # noqa: ARG001  (names the user)
    """Read the person's variant of a running experiment. It counts no exposure."""
    return variant_reply(call.user, experiment)


@agent_tool(EXPERIMENTATION, "experiments:read")
def get_results(call: ToolCall, experiment: Code) -> ExperimentReply:
    """Read the results of the newest phase of an experiment, as the results page shows them."""
    return experiment_reply(experiment, call.at)


@agent_tool(ATTRIBUTION, "growth:read")
def get_growth(call: ToolCall, days: Annotated[int, Field(ge=1, le=92)] = 7) -> GrowthReply:
    """Read K by loop with its 95% interval and the read-out against the target, of mature cohorts."""
    return growth_of(days=days, cohort="mature", at=call.at)


# -- Social presence ---------------------------------------------------------------------------------------
@agent_tool(SOCIAL_PRESENCE, "agents:ask")
def get_headcount(call: ToolCall, subject: Slug | None = None) -> HeadcountReply:  # noqa: ARG001  (the form of a tool)
    """Count the visible learners who are here now, on the site or in a subject; null where it is not known."""
    if subject is None:
        online = learners_online()
        return HeadcountReply(subject=None, here=headcount(online) if online is not None else None)
    counts = headcounts_now(f"subject:{subject}")
    return HeadcountReply(subject=subject, here=counts.people.label if counts is not None else None)


# -- Tutor advocacy ----------------------------------------------------------------------------------------
@agent_tool(TUTOR_ADVOCACY, "links:write")
def get_share_pack(call: ToolCall, person: Person) -> OfferReply:
    """Ask for a tutor's share pack: the link of their newest five-star session, or why there is none."""
    link, reason = offered_link("tutor_spotlight", call.user, call.at)
    return OfferReply(
        person=person, loop="tutor_spotlight", link=reply(link) if link is not None else None, reason=reason
    )


# -- Session intelligence ----------------------------------------------------------------------------------
@agent_tool(SESSION_INTELLIGENCE, "results:read")
def get_session_summary(call: ToolCall, person: Person) -> SummaryReply:
    """Read the summary of the learner's newest tutoring session: concepts, gaps, homework; names are redacted."""
    found = latest_summary(call.user)
    return SummaryReply(person=person, started_at=found[0] if found else None, summary=found[1] if found else None)
