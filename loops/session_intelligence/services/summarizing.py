"""The summary of a session: from the provider where key, consent and budget allow it, else extractive."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from loops.core.ai import AiUnavailable, is_configured
from loops.session_intelligence.provider import SessionText, summarize_with_provider
from loops.session_intelligence.rules.extractive import summarize
from loops.session_intelligence.rules.output_check import checked
from loops.session_intelligence.rules.summary import Summary
from loops.session_intelligence.rules.topics import language_of
from loops.session_intelligence.services.redaction import RedactedTranscript
from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.rules import is_minor
from viral_engine.kernel.agent_registry import SESSION_INTELLIGENCE
from viral_engine.kernel.circuit_breaker import call_with_fallback
from viral_engine.kernel.clock import today
from viral_engine.kernel.leases import TryLater
from viral_engine.kernel.limiter import allow, give_back
from viral_engine.learning.models import Skill, TutoringSession

DAY_S = 24 * 3600
AGENT = SESSION_INTELLIGENCE


def may_send_to_provider(student: User, at: datetime) -> bool:
    """Whether a parent agreed that text about this student goes to an AI provider. 1 query for a minor.

    Nobody can agree for an adult, and adults have no form for it: nothing about them is sent.
    """
    if not is_minor(student.age_on(today(at))):
        return False
    return Consent.Kind.THIRD_PARTY in Consent.objects.kinds_for(student.pk)


def make_summary(
    session: TutoringSession, transcript: RedactedTranscript, *, is_last_attempt: bool, at: datetime
) -> Summary:
    """Summarize a redacted session.

    Cost    1 query, 3 more where the provider is asked.
    Raises  TryLater while the provider is away, but not on the last attempt.
    """
    skills = dict(Skill.objects.filter(subject=session.subject_id).values_list("slug", "name"))
    said_on = today(session.started_at)
    own = summarize(transcript.cues, skills=skills, said_on=said_on)
    own = checked(own, cues={cue.number: cue.text for cue in transcript.cues}, skills=skills)
    if not is_configured() or not may_send_to_provider(session.student, at):
        return own
    text = SessionText(transcript.cues, skills, said_on, language_of(cue.text for cue in transcript.cues))
    answer = _ask(text, DailyLimit(session.tutor_id), at)
    if isinstance(answer, Summary):  # the consent may have been withdrawn during the call
        return answer if may_send_to_provider(session.student, at) else own
    if answer.is_temporary and not is_last_attempt:
        raise TryLater("The AI provider is away.", answer.wait_s)
    return replace(own, flags=(*own.flags, _flag(answer)))


def _flag(lack: AiUnavailable) -> str:
    if lack.reason == "daily_limit":
        return lack.reason
    return f"provider_{'away' if lack.is_temporary else lack.reason}"


@dataclass(frozen=True, slots=True)
class DailyLimit:
    """A tutor's summaries by the provider. Only calls that the provider answered count."""

    tutor_id: int

    def use(self) -> bool:
        return allow("ai_summary", self._who, limit=settings.AI_SUMMARIES_PER_TUTOR, window_s=DAY_S)

    def give_back(self) -> None:
        give_back("ai_summary", self._who, window_s=DAY_S)

    @property
    def _who(self) -> str:
        return f"tutor:{self.tutor_id}"


def _ask(text: SessionText, limit: DailyLimit, at: datetime) -> Summary | AiUnavailable:
    """The provider's summary, or why there is none. Outages open the agent's circuit breaker."""
    outages: list[AiUnavailable] = []

    def ask() -> Summary | AiUnavailable:
        try:
            return summarize_with_provider(text, at=at, limit=limit)
        except AiUnavailable as lack:
            if lack.is_temporary:
                outages.append(lack)
                raise
            return lack

    away: Summary | AiUnavailable = AiUnavailable("failed", is_temporary=True)
    answer = call_with_fallback(AGENT.key, ask, fallback=away, budget_ms=AGENT.call_budget_ms)
    return outages[0] if outages else answer.value
