"""Reads of the pages of a session's summary and actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from loops.session_intelligence.models import SessionAction, SessionPipeline
from loops.session_intelligence.rules.planning import AUDIENCE
from loops.session_intelligence.rules.summary import Summary, SummaryItem, summary_from
from viral_engine.accounts.models import Role, User
from viral_engine.learning.models import Question, Skill, TutoringSession
from viral_engine.learning.queries.tutoring import session_page
from viral_engine.learning.rules.cues import clock
from viral_engine.safety.services import MESSAGES, NOT_POSSIBLE

Kind, Status, Stage = SessionAction.Kind, SessionAction.Status, SessionPipeline.PipelineStage
PRACTICE_SET = 8
STEPS = (
    (Stage.RECEIVED, "Received"),
    (Stage.REDACTED, "Names removed"),
    (Stage.SUMMARIZED, "Summarized"),
    (Stage.ACTED, "Ideas made"),
    (Stage.DELIVERED, "Ready"),
)
# Sections of a summary that each role reads, in this order.
SECTIONS = {
    Role.TUTOR: ("skill_gaps", "breakthroughs", "homework_items", "exams", "key_concepts", "viral_moments"),
    Role.STUDENT: ("breakthroughs", "homework_items", "exams", "skill_gaps", "key_concepts"),
    Role.PARENT: ("breakthroughs", "homework_items", "exams", "skill_gaps"),
}
TITLES = {
    "key_concepts": "What it was about",
    "skill_gaps": "To practice",
    "breakthroughs": "Breakthroughs",
    "homework_items": "Homework",
    "exams": "Tests coming up",
    "viral_moments": "Moments worth sharing",
}
PITCHES = {
    Kind.BEAT_MY_SKILL: "Practice what was hard, and dare a friend to beat you at it.",
    Kind.STUDY_BUDDY: "Go through it with a friend: the same five questions for both of you.",
    Kind.CELEBRATION: "You understood something today. Show a friend what you can do now.",
    Kind.PARENT_REEL: "A good session. Let another parent try what your child learned.",
    Kind.TUTOR_SHARE: "Five questions in your subject, for families who look for a tutor.",
    Kind.PREP_PACK: "Questions for the next session, and a sampler that families can try.",
}
FLAGS = {
    "instructions_ignored": "Some lines spoke to a computer instead of a person. We left them out.",
    "items_dropped": "We left out some lines that were not plain text.",
    "provider_away": "Our helper was away, so this summary uses the words of the session alone.",
    "provider_failed": "Our helper's answer could not be used, so this summary uses the words of the session alone.",
    "provider_budget": "Our helper has done enough for today, so this summary uses the words of the session alone.",
    "daily_limit": "You have used today's helper summaries, so this one uses the words of the session alone.",
}


@dataclass(frozen=True, slots=True)
class CitedCue:
    number: int
    label: str  # "12:40", or "line 7" where the transcript has no times


@dataclass(frozen=True, slots=True)
class ShownItem:
    about: str  # the concept, where the words alone do not say it
    text: str
    cites: tuple[CitedCue, ...]
    on: str  # "Friday, 6 March"; empty without a date


@dataclass(frozen=True, slots=True)
class Section:
    kind: str
    title: str
    items: tuple[ShownItem, ...]


@dataclass(frozen=True, slots=True)
class ShownAction:
    """An action as this person sees it: their own with its link, other people's by name and state."""

    action: SessionAction
    title: str
    pitch: str
    provenance: str
    is_mine: bool
    may_recall: bool
    state: str  # for people, where it is not ready


@dataclass(frozen=True, slots=True)
class InsightsPage:
    session: TutoringSession
    steps: tuple[tuple[str, str], ...]  # (title, done | now | later)
    is_done: bool
    is_given_up: bool
    is_retrying: bool
    summary: Summary | None
    sections: tuple[Section, ...]
    next_topic: ShownItem | None
    actions: tuple[ShownAction, ...]
    shortfall: tuple[str, ...]  # sentences
    notes: tuple[str, ...]
    shows_quality: bool

    @property
    def is_empty(self) -> bool:
        return not self.sections


def insights_of(person: User, session_id: int, at: datetime) -> InsightsPage | None:
    """The page of a session's summary for this person; None if they may not see it or it has none.

    Cost  3 queries, 4 for a parent.
    """
    page = session_page(person, session_id, at)
    pipeline = SessionPipeline.objects.filter(session=session_id).first() if page else None
    if page is None or (pipeline is None and not page.session.summary):
        return None
    session = page.session
    summary = summary_from(session.summary)
    times = session.summary.get("times", {}) if session.summary else {}
    made = SessionAction.objects.filter(session=session).select_related("link", "skill", "owner").order_by("pk")
    is_done = pipeline is None or pipeline.stage == Stage.DELIVERED
    return InsightsPage(
        session=session,
        steps=_steps(pipeline),
        is_done=is_done,
        is_given_up=pipeline is not None and pipeline.dead_lettered_at is not None,
        is_retrying=pipeline is not None and not is_done and bool(pipeline.last_error),
        summary=summary,
        sections=_sections(summary, session, person, times) if summary else (),
        next_topic=_shown(summary.recommended_next_topic, session, times)
        if summary and summary.recommended_next_topic and person.role == Role.TUTOR
        else None,
        actions=tuple(_action(action, session, person) for action in made if _concerns(action, person)),
        shortfall=tuple(pipeline.shortfall) if pipeline and is_done and person.role == Role.TUTOR else (),
        notes=tuple(FLAGS[flag] for flag in summary.flags if flag in FLAGS) if summary else (),
        shows_quality=person.role in {Role.TUTOR, Role.PARENT},
    )


def latest_summary(student: User) -> tuple[str, dict[str, Any]] | None:
    """The start and the summary of the learner's newest session that has one; names in it are placeholders. 1 query."""
    newest = TutoringSession.objects.filter(student=student).exclude(summary={}).order_by("-started_at").first()
    summary = summary_from(newest.summary) if newest is not None else None
    if newest is None or summary is None:
        return None
    return newest.started_at.isoformat(), {
        kind: [item.text for item in items] for kind, items in summary.items().items()
    }


def _steps(pipeline: SessionPipeline | None) -> tuple[tuple[str, str], ...]:
    reached = [stage for stage, _ in STEPS].index(Stage(pipeline.stage)) if pipeline else len(STEPS)
    return tuple(
        (title, "done" if place <= reached else "now" if place == reached + 1 else "later")
        for place, (_, title) in enumerate(STEPS)
    )


def _sections(
    summary: Summary, session: TutoringSession, person: User, times: Mapping[str, int]
) -> tuple[Section, ...]:
    items = summary.items()
    kinds = SECTIONS.get(Role(person.role), ())
    return tuple(
        Section(kind, TITLES[kind], tuple(_shown(item, session, times) for item in items[kind]))
        for kind in kinds
        if items[kind]
    )


def _shown(item: SummaryItem, session: TutoringSession, times: Mapping[str, int]) -> ShownItem:
    cites = tuple(CitedCue(number, _label(number, times)) for number in item.cues)
    on = f"{datetime.fromisoformat(item.on):%A, %-d %B}" if item.on else ""
    text = with_names(item.text, session)
    is_named = bool(item.on) or item.concept.lower() in text.lower()  # an exam says what it is about
    return ShownItem("" if is_named else _capital(item.concept), _capital(text), cites, on)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _label(number: int, times: Mapping[str, int]) -> str:
    at_s = times.get(str(number))
    return f"line {number}" if at_s is None else clock(at_s)


def with_names(text: str, session: TutoringSession) -> str:
    """The text for the people of the session: their own names are put back, others stay out."""
    for placeholder, name in (("[student]", session.student.private_name), ("[tutor]", session.tutor.display_name)):
        text = text.replace(placeholder, name)
    return text.replace("[", "(").replace("]", ")")


def _concerns(action: SessionAction, person: User) -> bool:
    """Tutors and parents see every action, to recall it; students see their own. Refused ones are the tutor's."""
    if action.status == Status.REFUSED:
        return person.role == Role.TUTOR
    return person.role != Role.STUDENT or action.owner_id == person.pk


def _action(action: SessionAction, session: TutoringSession, person: User) -> ShownAction:
    is_mine = action.owner_id == person.pk
    return ShownAction(
        action=action,
        title=action.get_kind_display(),
        pitch=PITCHES[Kind(action.kind)] if is_mine else f"For {_whose(action, session).removesuffix('.')}.",
        provenance=provenance(action, session),
        is_mine=is_mine,
        may_recall=action.status in {Status.READY, Status.WAITING, Status.HELD},
        state=_state(action),
    )


def _state(action: SessionAction) -> str:
    if action.status == Status.RECALLED:
        return "Taken back."
    if action.status == Status.HELD:
        return "Not yet. We try again by ourselves within the day."
    if action.status == Status.REFUSED:
        return MESSAGES.get(action.reason, NOT_POSSIBLE)
    return ""


def _whose(action: SessionAction, session: TutoringSession) -> str:
    if AUDIENCE[action.kind] == "parent":
        return f"a parent of {session.student.private_name}"
    return session.student.private_name if AUDIENCE[action.kind] == "student" else session.tutor.display_name


def provenance(action: SessionAction, session: TutoringSession) -> str:
    """ "from minute 12:40 of Tuesday's session"."""
    day = f"{timezone.localtime(session.started_at):%A}'s session"
    if action.cue_at_s is not None:
        return f"from minute {clock(action.cue_at_s)} of {day}"
    return f"from line {action.cue} of {day}" if action.cue else f"from {day}"


@dataclass(frozen=True, slots=True)
class PrepPage:
    session: TutoringSession
    action: SessionAction
    skill: Skill | None
    gaps: tuple[ShownItem, ...]
    questions: Sequence[Question]


def prep_of(tutor: User, session_id: int, at: datetime) -> PrepPage | None:
    """The tutor's page for the next session; None for other people. Cost  3 queries."""
    page = session_page(tutor, session_id, at)
    if page is None or page.session.tutor_id != tutor.pk:
        return None
    made = SessionAction.objects.filter(session=session_id, kind=Kind.PREP_PACK, owner=tutor)
    action = made.standing().select_related("link__loop", "link__referrer", "skill", "deck__skill").first()
    summary = summary_from(page.session.summary)
    if action is None or summary is None:
        return None
    action.session = page.session  # else the share sheet reads it again, with its transcript
    times = page.session.summary.get("times", {})
    skill = action.skill or (action.deck.skill if action.deck else None)
    questions = Question.objects.filter(skill=skill, is_active=True).order_by("difficulty", "pk")
    gaps = tuple(_shown(item, page.session, times) for item in summary.skill_gaps)
    return PrepPage(page.session, action, skill, gaps, list(questions[:PRACTICE_SET]))
