"""Tools of Personalization, Trust & Safety, Social Presence and Session Intelligence: about one person or subject."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from loops.core.personalization import get_recommendations as recommend
from loops.core.personalization import personalized_copy
from loops.core.registry import LOOPS
from loops.core.safety_gate import evaluate
from loops.rules.scoring import engagement
from loops.session_intelligence.rules.summary import summary_from
from presence.services import headcounts_now
from viral_engine.api.problems import Refusal
from viral_engine.api.schemas.base import Reply, Slug
from viral_engine.kernel.agent_registry import (
    PERSONALIZATION,
    SESSION_INTELLIGENCE,
    SOCIAL_PRESENCE,
    TRUST_AND_SAFETY,
)
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Result, Subject, TutoringSession
from viral_engine.mcp_server.calls import current_call
from viral_engine.mcp_server.tools import Loop, Person, agent_tool, one_of
from viral_engine.safety.rules import DAILY_CAPS, SOCIAL_ACTIONS

SocialAction = Annotated[str, one_of(SOCIAL_ACTIONS | set(DAILY_CAPS))]
MAX_NUDGES = 20


class CopyReply(Reply):
    """The texts of a loop for this person, with placeholders in braces."""

    copy_: dict[str, str] = Field(alias="copy")
    is_degraded: bool


class Recommendation(Reply):
    content_id: str
    title: str
    reason: str


class RecommendationList(Reply):
    recommendations: list[Recommendation]


class SafetyReply(Reply):
    """Whether the action is allowed now; `reason` is a code, `message` is for the person."""

    is_allowed: bool
    outcome: str
    reason: str | None
    message: str


class HeadcountReply(Reply):
    """Public, rounded counts; null while the server that answers does not follow the subject."""

    subject: str
    people: str | None
    practicing: str | None


class NudgeReply(Reply):
    at: str
    rationale: str


class NudgeList(Reply):
    nudges: list[NudgeReply]


class SummaryReply(Reply):
    """A summary without names; lists are empty where nothing was found."""

    session: int
    state: Literal["written", "waiting"]
    items: dict[str, list[str]]
    session_quality: int | None
    student_engagement: str | None
    recommended_next_topic: str | None


def _subject(slug: str) -> Subject:
    found = Subject.objects.filter(slug=slug).first()
    if found is None:
        raise Refusal(422, "skill_unknown", "There is no such subject.")
    return found


@agent_tool(PERSONALIZATION, "links:read", "write copy")
def personalize(person: Person, loop: Loop, subject: Slug | None = None) -> CopyReply:
    """Write the copy of a loop for the person's role, language, subject and engagement."""
    call = current_call()
    if loop not in LOOPS:
        raise Refusal(422, "loop_unknown", f"Known loops: {', '.join(sorted(LOOPS))}.")
    user = call.person(person)
    sessions = Result.objects.of(user.pk).since(call.at - timedelta(days=7)).count()
    slug = _subject(subject).slug if subject is not None else ""
    answer = personalized_copy(user=user, loop=loop, engagement=engagement(sessions), subject=slug, at=call.at)
    return CopyReply(copy=answer.value, is_degraded=bool(answer.degraded_reason))


@agent_tool(PERSONALIZATION, "results:read", "recommend skills")
def get_recommendations(person: Person, subject: Slug) -> RecommendationList:
    """Recommend what the person should practice next in a subject, best first."""
    call = current_call()
    found = recommend(call.person(person), _subject(subject), call.at)
    return RecommendationList(recommendations=[Recommendation(**one) for one in found])


@agent_tool(TRUST_AND_SAFETY, "safety:read", "check an action")
def check_action(person: Person, action: SocialAction) -> SafetyReply:
    """Ask whether the person may do this now: blocklist, caps, duplicates and fraud score, consent.

    Asking is not doing: it counts towards no cap.
    """
    call = current_call()
    verdict = evaluate(call.person(person), action, call.at).value
    if verdict is None:
        raise Refusal(503, "unavailable")
    message = "" if verdict.is_allowed else str(verdict.refusal)
    return SafetyReply(
        is_allowed=verdict.is_allowed, outcome=verdict.decision.outcome, reason=verdict.reason, message=message
    )


@agent_tool(SOCIAL_PRESENCE, "standings:read", "count learners")
def get_presence(subject: Annotated[Slug, Field(description="The slug of a subject.")]) -> HeadcountReply:
    """Count who is in a subject now, as its page shows it; nobody is named."""
    found = headcounts_now(f"subject:{_subject(subject).slug}")
    people, practicing = (str(found.people), str(found.active)) if found is not None else (None, None)
    return HeadcountReply(subject=subject, people=people, practicing=practicing)


@agent_tool(SOCIAL_PRESENCE, "decisions:read", "list nudges")
def get_nudges(person: Person) -> NudgeList:
    """List the newest times when friends were nudged because this person practiced."""
    user = current_call().person(person)
    rows = Decision.objects.made_for(user.pk, agent=SOCIAL_PRESENCE.key).order_by("-decided_at")[:MAX_NUDGES]
    return NudgeList(nudges=[NudgeReply(at=one.decided_at.isoformat(), rationale=one.rationale) for one in rows])


@agent_tool(SESSION_INTELLIGENCE, "sessions:read", "summarize a session")
def summarize_session(person: Person, session: Annotated[int, Field(ge=1)] | None = None) -> SummaryReply:
    """Read the summary of a student's tutoring session, by default of the latest one. It names nobody."""
    user = current_call().person(person)
    mine = TutoringSession.objects.filter(student=user).order_by("-completed_at")
    found = (mine if session is None else mine.filter(pk=session)).first()
    if found is None:
        raise Refusal(404, "not_found", "The student has no such session.")
    summary = summary_from(found.summary)
    if summary is None:
        return SummaryReply(
            session=found.pk,
            state="waiting",
            items={},
            session_quality=None,
            student_engagement=None,
            recommended_next_topic=None,
        )
    topic = summary.recommended_next_topic
    return SummaryReply(
        session=found.pk,
        state="written",
        items={kind: [one.text for one in items] for kind, items in summary.items().items()},
        session_quality=summary.session_quality,
        student_engagement=summary.student_engagement,
        recommended_next_topic=topic.text if topic is not None else None,
    )
