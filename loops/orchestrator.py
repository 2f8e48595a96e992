"""The orchestrator: hears a fact, decides which loop to offer, if any, and logs why."""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from loops import rules
from loops.contract import CannotBuild, Moment, Objection, ViralLoop
from loops.events import AgenticActionTriggered
from loops.models import Link, Loop
from loops.registry import LOOPS
from loops.services.prompts import offer_prompt, prompts_since
from loops.services.trust import weighed
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.agent_registry import ORCHESTRATOR
from viral_engine.kernel.agents import failures_recorded
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, record_decisions
from viral_engine.learning.models import Result
from viral_engine.safety.services import ActionRefused, Verdict

logger = logging.getLogger(__name__)
AGENT = ORCHESTRATOR.key
PERFECT = 100
KEPT = "Your parent decided that your results are not shared."
UNCHECKED = str(ActionRefused("unchecked"))
MILESTONES = frozenset({"achievement_earned", "challenge_won", "session_rated_five_stars"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One loop as it was weighed."""

    loop: str
    score: float
    objection: Objection | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision: `action` is what the page does, "none" when nothing is offered."""

    action: str
    loop: str
    rationale: str
    link: Link | None = None
    told: str = ""  # a refusal in words for the person
    candidates: list[Candidate] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  # agents that could not answer


@failures_recorded(AGENT)
def trigger_event(event: Event, at: datetime) -> Choice:
    """A loop is offered or not, and the decision log says why.

    Steps: trust and safety, eligibility, score, cooldown, prompt cap, build.

    Cost    11 statements when a loop is offered, 5 when none is, 1 more where a loop asks for the cohort, 1 more for a
            child under 13; none for an event no loop listens to.
    """
    started = perf_counter()
    loops = [loop for loop in LOOPS.values() if event.type in loop.triggers and _is_meant(loop, event)]
    user_id = loops[0].whom(event) if loops else None  # all loops of one trigger are offered to the same person
    if user_id is None:
        return Choice("none", "", "No loop listens to this.")
    people = User.objects.select_related("referral__link")
    user = people.annotate(**_facts_of(at)).get(pk=user_id)
    is_asked_for = any(event.type in loop.asked_for for loop in loops)
    action = "create_challenge" if is_asked_for else "trigger_loop"
    answer = weighed(user, action, at)
    verdict = answer.value
    if verdict is None:  # nothing is offered unchecked
        choice = Choice("none", "", "Trust and safety could not answer.", told=UNCHECKED, troubles=[answer.trouble])
        record_decisions(_decision(event, user, choice, {}, started, at))
        return choice
    try:
        with transaction.atomic():
            choice, features = _choose(event, user, verdict, answer.trouble, loops, at)
            decision = _decision(event, user, choice, features, started, at)
            record_decisions(verdict.decision, decision)
    except IntegrityError:  # another trigger of the same person took the place; everything built is undone
        logger.info("prompt for user %s lost the race", user.pk)
        choice = Choice("none", "", "Another prompt came first.")
        record_decisions(verdict.decision, _decision(event, user, choice, {}, started, at))
    return choice


def _facts_of(at: datetime) -> dict[str, Any]:
    """What a decision reads of a person with the person."""
    week = Result.objects.all().number_of(OuterRef("pk"), since=at - timedelta(days=7))
    kept = Consent.objects.all().taken_back(OuterRef("pk"), "ferpa")
    return {"keeps_results": kept, "sessions_7d": Coalesce(Subquery(week), 0)}


def route_loop(name: str, user: User, at: datetime) -> Choice:
    """The named loop is offered to the person now, if it may: what an agent asks for, with their latest result.

    Cost    1 query, the event and what `trigger_event` costs.
    Raises  KeyError for an unknown loop.
    """
    loop = LOOPS[name]
    latest = (
        Result.objects.of(user.pk).filter(skill__isnull=False).select_related("skill__subject").order_by("-finished_at")
    )
    result = latest.first()
    facts: dict[str, Any] = {}
    if result is not None and result.skill is not None:
        skill = result.skill
        facts = {
            "attempt_id": str(result.pk),
            "subject": skill.subject.slug,
            "skill": skill.slug,
            "score": result.score,
        }
    event = AgenticActionTriggered(actor_id=user.pk, loop=loop.name, **facts)
    with transaction.atomic():
        announce(event, at=at)
    return trigger_event(event, at)


def _is_meant(loop: ViralLoop, event: Event) -> bool:
    """An agent asks for one loop by its name; every other event is for all that listen to it."""
    return not isinstance(event, AgenticActionTriggered) or event.loop == loop.name


def objection_to_asking(event: Event, user: User, *, score: int, at: datetime) -> str | None:
    """Why asking for a loop by this event would be refused now, in words for the person; None when it would not.

    Nothing is written. What only building can tell (a bank too small) is told by the refusal itself.

    Cost    2 queries; 1 more for a child under 13.
    """
    verdict = weighed(user, "create_challenge", at).value
    if verdict is None:
        return UNCHECKED
    if verdict.reason:
        return str(ActionRefused(verdict.reason))
    running = {loop.name: loop for loop in Loop.objects.all().running()}
    moment = Moment(event, user, "", score, score == PERFECT, at)
    asked = [loop for loop in LOOPS.values() if event.type in loop.asked_for]
    candidates = [_weigh(loop, running.get(loop.name), moment, [], 0) for loop in asked]
    if any(candidate.objection is None for candidate in candidates):
        return None
    return " ".join(candidate.objection.told for candidate in candidates if candidate.objection)


def _decision(
    event: Event, user: User, choice: Choice, features: dict[str, Any], started: float, at: datetime
) -> Decision:
    return Decision(
        agent=AGENT,
        actor_id=user.pk,
        type=event.type,
        outcome=choice.loop or "none",
        rationale=choice.rationale,
        features=features | ({"troubles": choice.troubles} if choice.troubles else {}),
        is_degraded=bool(choice.troubles),
        alternatives=[
            {"loop": one.loop, "score": round(one.score, 4), "objection": one.objection and one.objection.logged}
            for one in choice.candidates
        ],
        latency_ms=(perf_counter() - started) * 1000,
        decided_at=at,
    )


def _choose(
    event: Event, user: User, verdict: Verdict, trouble: str, loops: list[ViralLoop], at: datetime
) -> tuple[Choice, dict[str, Any]]:
    """`trouble` is what came in the way of the verdict, which stands all the same: it was slow, perhaps."""
    if verdict.reason:
        told, troubles = str(ActionRefused(verdict.reason)), [trouble] if trouble else []
        return Choice("none", "", f"Trust and safety: {verdict.reason}.", told=told, troubles=troubles), {}
    if user.keeps_results:  # type: ignore[attr-defined]
        return Choice("none", "", "A parent took back the consent to share results.", told=KEPT), {}
    if not user.growth_prompts and not any(event.type in loop.asked_for for loop in loops):
        return Choice("none", "", "The person turned prompts off."), {}
    recent = prompts_since(user.pk, at)
    sessions: int = user.sessions_7d  # type: ignore[attr-defined]
    score = int(getattr(event, "score", 0))
    is_milestone = score == PERFECT or event.type in MILESTONES
    moment = Moment(event, user, rules.engagement(sessions), score, is_milestone, at)
    moment.note(trouble)
    prompts_today = sum(1 for _, offered_at in recent if offered_at.date() == at.date())
    features = {
        "score": score,
        "sessions_7d": sessions,
        "engagement": moment.engagement,
        "is_milestone": moment.is_milestone,
        "prompts_today": prompts_today,
    }
    running = {loop.name: loop for loop in Loop.objects.all().running()}
    candidates = [_weigh(loop, running.get(loop.name), moment, recent, prompts_today) for loop in loops]
    return _offer_best(candidates, moment, prompts_today), features


def _offer_best(candidates: list[Candidate], moment: Moment, prompts_today: int) -> Choice:
    """The best of those without an objection that can be built; one that cannot has one from then on."""
    while True:
        eligible = [candidate for candidate in candidates if candidate.objection is None]
        if not eligible:
            return _nothing(candidates, moment.troubles)
        best = max(eligible, key=lambda candidate: candidate.score)
        try:
            with transaction.atomic():
                return _offer(LOOPS[best.loop], best, moment, prompts_today, candidates)
        except CannotBuild as lack:
            refused = replace(best, objection=Objection(str(lack), lack.told))
            candidates = [refused if one is best else one for one in candidates]


def _nothing(candidates: list[Candidate], troubles: list[str]) -> Choice:
    objections = [(one.loop, one.objection) for one in candidates if one.objection]
    reasons = "; ".join(f"{loop}: {objection.logged}" for loop, objection in objections)
    told = " ".join(objection.told for _, objection in objections)
    return Choice("none", "", f"Nothing to offer. {reasons}.", told=told, candidates=candidates, troubles=troubles)


def _weigh(
    loop: ViralLoop, settings: Loop | None, moment: Moment, recent: list[tuple[str, datetime]], prompts_today: int
) -> Candidate:
    if settings is None:
        return Candidate(loop.name, 0.0, Objection("switched off", "Challenges are switched off at the moment."))
    last = next((offered_at for name, offered_at in recent if name == loop.name), None)
    hours = None if last is None else (moment.at - last) / timedelta(hours=1)
    score = rules.loop_score(
        expected_k=settings.k_for(moment.user.role),
        engagement=moment.engagement,
        is_milestone=moment.is_milestone,
        hours_since_last=hours,
    )
    objection = loop.objection(settings, moment)
    if objection is None and moment.event.type not in loop.asked_for:
        objection = _pacing(settings, hours, prompts_today)
    return Candidate(loop.name, score, objection)


def _pacing(settings: Loop, hours: float | None, prompts_today: int) -> Objection | None:
    if prompts_today >= rules.PROMPTS_PER_DAY:
        return Objection("prompt cap reached for today")
    if hours is not None and hours * 3600 < settings.cooldown_s:
        return Objection("cooling down")
    return None


def _keep_consent(moment: Moment) -> None:
    """A parent's consent holds until this transaction ends: a withdrawal waits for it, and then finds the link.

    Cost    1 query for a child under 13, none for anybody else.
    Raises  CannotBuild.
    """
    user = moment.user
    if user.role == Role.STUDENT and needs_consent(user.age_on(moment.at.date())):
        kept = Consent.objects.in_force().filter(child=user, kind=Consent.Kind.COPPA).select_for_update()
        if not kept.values_list("pk", flat=True):
            raise CannotBuild("The consent of a parent is not in force any more")


def _offer(loop: ViralLoop, best: Candidate, moment: Moment, prompts_today: int, candidates: list[Candidate]) -> Choice:
    _keep_consent(moment)
    link = loop.build(moment)
    score = f"Scored {moment.score}, e" if hasattr(moment.event, "score") else "E"
    why = f"{score}ngagement {moment.engagement}; expected value {best.score:.2f} was the highest"
    rationale = f"{why} of {sum(1 for one in candidates if one.objection is None)} eligible."
    if moment.event.type not in loop.asked_for:
        offer_prompt(
            user=moment.user,
            link=link,
            attempt_id=moment.attempt_id,
            rationale=rationale,
            prompts_today=prompts_today,
            at=moment.at,
        )
    return Choice(loop.action, loop.name, rationale, link, candidates=candidates, troubles=moment.troubles)
