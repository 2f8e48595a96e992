"""Move a session through its stages. Each stage is prepared without a transaction, and stored in one with its mark.

A worker that dies keeps its lease until it runs out; the next one repeats the stage that was not marked. A stage
stores its results once: by the conditional update of the mark, or by the unique key of each row.
"""

from collections.abc import Callable
from datetime import datetime
from time import perf_counter

from django.db import transaction

from loops.events import SessionDelivered, SessionSummarized
from loops.session_intelligence.models import SessionAction, SessionPipeline
from loops.session_intelligence.rules.summary import Summary, summary_from
from loops.session_intelligence.services.actions import SessionForgotten, make_actions
from loops.session_intelligence.services.redaction import redacted_transcript
from loops.session_intelligence.services.summarizing import AGENT, make_summary
from viral_engine.accounts.events import ConsentWithdrawn, PreferencesChanged
from viral_engine.kernel.agent_failures import AgentFailed
from viral_engine.kernel.clock import clock_from
from viral_engine.kernel.leases import GiveUp, TryLater, run
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, record_decisions
from viral_engine.learning.events import SessionCompleted
from viral_engine.learning.models import TutoringSession
from viral_engine.learning.rules.cues import NotATranscript, read_cues
from viral_engine.learning.services.tutoring import record_summary

Stage = SessionPipeline.PipelineStage
Store = Callable[[], object]
FALLBACK_FLAGS = ("provider_away", "provider_failed", "provider_budget", "daily_limit")


class StageLost(Exception):
    """Another worker did this stage, or the session's transcript was deleted meanwhile."""


def receive(event: SessionCompleted, at: datetime) -> None:
    """Queue a session whose transcript was kept. A durable listener."""
    kept = TutoringSession.objects.with_transcript().filter(pk=event.session_id).exists()
    if kept:
        SessionPipeline.objects.get_or_create(session_id=event.session_id, defaults={"received_at": at})


def process_sessions(*, at: datetime, limit: int = 4) -> int:
    """Give waiting sessions an attempt, oldest first; returns how many reached their end."""
    rows = SessionPipeline.objects.select_related("session__student", "session__tutor", "session__subject")
    return len(run(rows.order_by("received_at", "pk"), _handler(at), at=at, limit=limit))


def _handler(at: datetime) -> Callable[[SessionPipeline], dict[str, object]]:
    clock = clock_from(at)

    def handle(row: SessionPipeline) -> dict[str, object]:
        try:
            while row.stage != Stage.ACTED:
                _advance(row, clock())
            return _deliver(row, clock())
        except (StageLost, SessionForgotten):
            raise GiveUp("The transcript was deleted.") from None
        except AgentFailed as failed:
            raise TryLater(f"{failed.decision.agent} failed.") from failed

    return handle


NEXT = {Stage.RECEIVED: Stage.REDACTED, Stage.REDACTED: Stage.SUMMARIZED, Stage.SUMMARIZED: Stage.ACTED}


def _advance(row: SessionPipeline, at: datetime) -> None:
    """Do the next stage: prepare what may be slow, then store it together with the mark."""
    stage = NEXT[Stage(row.stage)]
    store = PREPARE[stage](row, at)
    with transaction.atomic():
        store()
        # With a first attempt of the next stage: each stage has three.
        held = SessionPipeline.objects.filter(leased_until=row.leased_until, dead_lettered_at=None, delivered_at=None)
        mine = held.filter(pk=row.pk, stage=row.stage)
        if not mine.update(stage=stage, attempts=1, redactions=row.redactions, shortfall=row.shortfall):
            raise StageLost
    row.stage, row.attempts = stage, 1


def _redact(row: SessionPipeline, _: datetime) -> Store:
    """Read and redact once, to know that it works; later stages redact again, because no copy of the text is kept."""
    try:
        row.redactions = redacted_transcript(row.session).counts
    except NotATranscript as reason:
        raise GiveUp(str(reason)) from reason
    return lambda: None


def _summarize(row: SessionPipeline, at: datetime) -> Store:
    started = perf_counter()
    summary = make_summary(
        row.session, redacted_transcript(row.session), is_last_attempt=row.attempts >= row.MAX_ATTEMPTS, at=at
    )
    took_ms = (perf_counter() - started) * 1000
    return lambda: _store_summary(row.session, summary, took_ms, at)


def _store_summary(session: TutoringSession, summary: Summary, took_ms: float, at: datetime) -> None:
    stored = summary.as_json() | {"times": _cited_times(session, summary)}
    if not record_summary(session_id=session.pk, summary=stored, at=at):
        raise StageLost
    session.summary = stored
    flags = ", ".join(summary.flags)
    record_decisions(
        Decision(
            agent=AGENT.key,
            actor_id=session.tutor_id,
            type="session_summary",
            outcome=summary.made_by,
            rationale=flags or "No objection.",
            features={"session": session.pk, "quality": summary.session_quality, "flags": list(summary.flags)},
            is_degraded=any(flag in FALLBACK_FLAGS for flag in summary.flags),
            latency_ms=took_ms,
            decided_at=at,
        )
    )
    summarized = SessionSummarized(
        actor_id=session.tutor_id,
        session_id=session.pk,
        quality=summary.session_quality,
        made_by=summary.made_by,
    )
    announce(summarized, at=at, key=f"session_summarized:{session.pk}")


def _cited_times(session: TutoringSession, summary: Summary) -> dict[str, int]:
    """Cue number -> seconds into the session, for the cues that the summary cites."""
    topic = summary.recommended_next_topic
    items = [item for items in summary.items().values() for item in items] + ([topic] if topic else [])
    cited = {number for item in items for number in item.cues}
    cues = read_cues(session.transcript, session.transcript_kind)
    return {str(cue.number): cue.start_s for cue in cues if cue.number in cited and cue.start_s is not None}


def _act(row: SessionPipeline, at: datetime) -> Store:
    """Actions are stored one by one while this stage is prepared; its mark follows when all of them are."""
    session = TutoringSession.objects.select_related("student", "tutor", "subject").get(pk=row.session_id)
    summary = summary_from(session.summary)
    if summary is None or not session.transcript:
        raise StageLost
    cues = read_cues(session.transcript, session.transcript_kind)
    row.shortfall = make_actions(session, summary, cues, at=at)
    return lambda: None


PREPARE: dict[str, Callable[[SessionPipeline, datetime], Store]] = {
    Stage.REDACTED: _redact,
    Stage.SUMMARIZED: _summarize,
    Stage.ACTED: _act,
}


def _deliver(row: SessionPipeline, at: datetime) -> dict[str, object]:
    """Announce the end, once; the lease's completion stores the last stage."""
    session = row.session
    delivered = SessionDelivered(
        actor_id=session.tutor_id,
        session_id=session.pk,
        student_id=session.student_id,
        actions=SessionAction.objects.all().standing().filter(session=session).count(),
    )
    with transaction.atomic():
        announce(delivered, at=at, key=f"session_delivered:{session.pk}")
    return {"stage": Stage.DELIVERED}


# -- Rights ----------------------------------------------------------------------------------------------------
def forget_child(event: ConsentWithdrawn, _: datetime) -> None:
    """Stop the pipelines of a child whose transcripts may not be kept any more. A durable listener."""
    _forget_without_transcript(event.child_id)


def forget_unwanted(event: PreferencesChanged, _: datetime) -> None:
    """Stop the pipelines of a learner who switched off transcription. A durable listener."""
    _forget_without_transcript(event.user_id)


def _forget_without_transcript(student_id: int) -> None:
    """Cost  1 statement."""
    SessionPipeline.objects.filter(session__student=student_id, session__transcript="").delete()
