"""Make the actions of a summarized session, each once, through trust and safety and the orchestrator."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from loops.core import orchestrator
from loops.core.consents import shareable_pairs
from loops.core.orchestrator import OfferDecision
from loops.events import AgenticActionTriggered, SessionActionAsked, SessionActionMade
from loops.models import Link, Loop
from loops.session_intelligence.models import SessionAction, SessionReminder
from loops.session_intelligence.rules.planning import REMIND_BEFORE, PlannedAction, plan, shortfall
from loops.session_intelligence.rules.summary import Summary
from viral_engine.accounts.models import User
from viral_engine.accounts.rules import is_minor
from viral_engine.kernel.agent_failures import AgentFailed, store_failure
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce
from viral_engine.learning.models import Result, Skill, TutoringSession
from viral_engine.learning.rules.cues import Cue
from viral_engine.safety.services import (
    MESSAGES,
    NOT_POSSIBLE,
    TEMPORARY,
    ActionRefused,
    SafetyDecision,
    evaluate_action,
    perform,
)

Kind, Status = SessionAction.Kind, SessionAction.Status
OWN_LOOP = "session_intelligence"
# Kinds that show what a school would call a record: for a minor they need a parent's consent (FERPA).
RECORDS = frozenset({Kind.CELEBRATION, Kind.PARENT_REEL})
REMINDER_HOUR = time(16)
FIVE_STARS = 5
RETRY_AFTER, RETRY_FOR = timedelta(hours=1), timedelta(days=7)


class SessionForgotten(Exception):
    """The transcript was deleted meanwhile, because a right ended: nothing more is made of it."""


def make_actions(session: TutoringSession, summary: Summary, cues: Sequence[Cue], *, at: datetime) -> list[str]:
    """Make every action that follows from the summary; returns why there are fewer than four.

    One transaction an action: a run that died in the middle goes on where it ended.

    Raises  AgentFailed when the orchestrator could not decide; the actions made before it stay. SessionForgotten.
    """
    planned = plan(summary, today(at))
    skills = Skill.objects.in_bulk(field_name="slug")
    times = {cue.number: cue.start_s for cue in cues}
    refused, made = [], 0
    for one in planned:
        for owner in _owners(session, one, at):
            action = _make(session, owner, one, skills.get(one.skill), times, at)
            made += action.status != Status.REFUSED
            if action.status == Status.REFUSED:
                refused.append(f"{action.get_kind_display()}: {MESSAGES.get(action.reason, NOT_POSSIBLE)}")
    return shortfall(planned, made, refused)


def _owners(session: TutoringSession, planned: PlannedAction, at: datetime) -> Iterator[User]:
    """The people an action is for; of a minor's parents those who agreed to share progress, else all, who are refused.

    Cost  2 queries for parents.
    """
    if planned.audience == "tutor":
        yield session.tutor
    elif planned.audience == "student":
        yield session.student
    elif is_minor(session.student.age_on(today(at))):
        parents = list(User.objects.guardians_of(session.student_id))
        agreed = {parent_id for parent_id, _ in shareable_pairs([session.student], today(at))}
        yield from [parent for parent in parents if parent.pk in agreed] or parents


def _make(
    session: TutoringSession,
    owner: User,
    planned: PlannedAction,
    skill: Skill | None,
    times: dict[int, int | None],
    at: datetime,
) -> SessionAction:
    """The action of this kind for this person: the one made before, or a new one, which may be refused or held."""
    mine = SessionAction.objects.filter(session=session, kind=planned.kind, owner=owner)
    cue = planned.item.cues[0] if planned.item else None
    draft = SessionAction(
        session=session,
        kind=planned.kind,
        owner=owner,
        skill=skill,
        cue=cue,
        cue_at_s=times.get(cue) if cue else None,
        exam_on=planned.exam_on,
        created_at=at,
    )
    try:
        return _perform(draft, at, find=mine.first, act=lambda: _create(draft, at))
    except ActionRefused as refusal:
        columns = _columns(draft) | _refused(refusal, draft.created_at, at)
        action, _ = mine.get_or_create(session=session, kind=planned.kind, owner=owner, defaults=columns)
        return action


def _perform(
    action: SessionAction, at: datetime, *, find: Callable[[], SessionAction | None], act: Callable[[], SessionAction]
) -> SessionAction:
    """Make the action if trust and safety allows it. Raises  ActionRefused, and AgentFailed once that is stored."""
    try:
        return perform(
            user=action.owner,
            action="share_progress" if action.kind in RECORDS else "session_action",
            at=at,
            find=find,
            act=act,
            check=lambda: _safety(action.session, action.owner, action.kind, at),
        )
    except AgentFailed as failed:
        store_failure(failed.decision)
        raise


def _refused(refusal: ActionRefused, created_at: datetime, at: datetime) -> dict[str, Any]:
    """The columns of a refused action: it is held for an hour where the refusal may pass, for a week altogether."""
    is_held = refusal.reason in TEMPORARY and at < created_at + RETRY_FOR
    return {
        "status": Status.HELD if is_held else Status.REFUSED,
        "reason": refusal.reason,
        "retry_at": at + RETRY_AFTER if is_held else None,
    }


def _columns(draft: SessionAction) -> dict[str, Any]:
    return {
        "skill": draft.skill,
        "cue": draft.cue,
        "cue_at_s": draft.cue_at_s,
        "exam_on": draft.exam_on,
        "created_at": draft.created_at,
    }


def _safety(session: TutoringSession, owner: User, kind: str, at: datetime) -> SafetyDecision:
    """The verdict about the person whose record it is: the student's, also where a parent or tutor shares."""
    if kind in RECORDS:
        return evaluate_action(
            user=session.student, action="share_progress", at=at, context={"educational_record": True}
        )
    return evaluate_action(user=owner, action="session_action", at=at)


def _create(draft: SessionAction, at: datetime) -> SessionAction:
    """Store the action, which waits, and offer it. Raises  SessionForgotten."""
    _lock_transcript(draft)
    draft.status = Status.WAITING
    draft.save(force_insert=True)
    return _fulfil(draft, at)


def _lock_transcript(action: SessionAction) -> None:
    """Let a withdrawal wait for this transaction, and then recall what it made. 1 query. Raises  SessionForgotten."""
    kept = TutoringSession.objects.with_transcript().filter(pk=action.session_id)
    if not list(kept.select_for_update(no_key=True).values_list("pk")):
        raise SessionForgotten


def _fulfil(draft: SessionAction, at: datetime) -> SessionAction:
    """Let the orchestrator build the link of a waiting action; a link that must wait leaves it waiting."""
    choice = _offer(draft, at)
    if choice.link is not None:
        draft.link, draft.status = choice.link, Status.READY
    draft.reason = "" if choice.link else choice.rationale[:120]
    SessionAction.objects.filter(pk=draft.pk).update(link=draft.link, status=draft.status, reason=draft.reason)
    if draft.kind == Kind.STUDY_BUDDY and draft.exam_on is not None and draft.exam_on > today(at):
        SessionReminder.objects.create(action=draft, due_at=max(at, _reminder_time(draft.exam_on)))
    loop = choice.link.loop_id if choice.link else ""
    code = choice.link.code if choice.link else ""
    made = SessionActionMade(
        actor_id=draft.owner_id, link_code=code, loop=loop, session_id=draft.session_id, action=draft.kind
    )
    announce(made, at=at, key=f"session_action:{draft.pk}")
    return draft


def _reminder_time(exam_on: date) -> datetime:
    """Four in the afternoon, two days before the exam."""
    return datetime.combine(exam_on - REMIND_BEFORE, REMINDER_HOUR, tzinfo=timezone.get_default_timezone())


# -- Held actions ----------------------------------------------------------------------------------------------
def retry_held(*, at: datetime, limit: int = 50) -> int:
    """Try held actions again whose time has come, those that wait longest first; returns how many were made.

    Cost  1 query, and 2 statements an action beside those of making one.
    """
    due = SessionAction.objects.all().due(at).order_by("retry_at", "pk").values_list("pk", "retry_at")
    return sum(_retry(pk, retry_at, at) for pk, retry_at in list(due[:limit]))


def _retry(pk: int, seen: datetime | None, at: datetime) -> bool:
    """Claim the try by setting the next one, so that one worker has it and none is lost; True if the action is made."""
    held = SessionAction.objects.filter(pk=pk, status=Status.HELD)
    if not held.filter(retry_at=seen).update(retry_at=at + RETRY_AFTER):
        return False
    related = ("session__student", "session__tutor", "session__subject", "skill", "owner")
    action = held.select_related(*related).defer("session__transcript", "session__summary").first()
    if action is None:
        return False
    try:
        made = _perform(action, at, find=lambda: None, act=lambda: _release(action, at))
    except ActionRefused as refusal:
        held.update(**_refused(refusal, action.created_at, at))
        return False
    except (AgentFailed, SessionForgotten):
        return False
    return made.status != Status.HELD


def _release(action: SessionAction, at: datetime) -> SessionAction:
    """Make a held action, unless it was recalled meanwhile. Raises  SessionForgotten."""
    _lock_transcript(action)
    held = SessionAction.objects.filter(pk=action.pk, status=Status.HELD)
    if not held.update(status=Status.WAITING, reason="", retry_at=None):
        return action
    action.status, action.retry_at = Status.WAITING, None
    return _fulfil(action, at)


# -- The orchestrator ------------------------------------------------------------------------------------------
def _offer(action: SessionAction, at: datetime) -> OfferDecision:
    """Offer the loop of the site that fits, else the session's own link."""
    for event in _events(action, at):
        announce(event, at=at, key=f"session_action:{action.pk}:{event.loop}")
        choice = orchestrator.trigger_event(event, at)
        if choice.link is not None:
            return choice
    return choice


def _events(action: SessionAction, at: datetime) -> Iterator[AgenticActionTriggered]:
    subject = action.session.subject.slug
    if action.kind == Kind.BEAT_MY_SKILL and (result := _result_to_beat(action, at)):
        yield AgenticActionTriggered(
            actor_id=action.owner_id,
            loop="buddy_challenge",
            attempt_id=str(result.pk),
            subject=subject,
            skill=action.skill.slug if action.skill else "",
            score=result.score,
            action_id=action.pk,
        )
    if action.kind == Kind.TUTOR_SHARE and _has_five_stars(action):
        yield AgenticActionTriggered(
            actor_id=action.owner_id, loop="tutor_spotlight", subject=subject, action_id=action.pk
        )
    yield AgenticActionTriggered(actor_id=action.owner_id, loop=OWN_LOOP, subject=subject, action_id=action.pk)


def _result_to_beat(action: SessionAction, at: datetime) -> Result | None:
    """The learner's newest result in the gap's skill that is good enough to dare a friend. 2 queries."""
    recent = Result.objects.of(action.owner_id).filter(skill=action.skill, finished_at__gt=at - timedelta(days=30))
    newest = recent.order_by("-finished_at").first() if action.skill_id else None
    loop = Loop.objects.filter(name="buddy_challenge", is_on=True).first()
    return newest if newest is not None and loop is not None and newest.score >= loop.min_score else None


def _has_five_stars(action: SessionAction) -> bool:
    return TutoringSession.objects.filter(tutor=action.owner_id, rating=FIVE_STARS).exists()


def ask_for_link(*, action: SessionAction, at: datetime) -> OfferDecision:
    """Make the link of an action that waits, because its person pressed the button; a repeat finds the first one's.

    Cost  as `offer_on_request`, and 1.
    """
    asked = SessionActionAsked(
        actor_id=action.owner_id, loop=OWN_LOOP, action_id=action.pk, subject=action.session.subject.slug
    )
    return orchestrator.offer_on_request(asked, at, find=lambda: _link_of(action))


def _link_of(action: SessionAction) -> Link | None:
    return Link.objects.all().first_with_details(session_action=action.pk)
