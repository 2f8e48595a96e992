"""The orchestrator: hears a fact, decides which loop to offer, if any, and logs why."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.db import IntegrityError, transaction

from loops import rules
from loops.buddy_challenge import BuddyChallenge
from loops.contract import CannotBuild, Moment, ViralLoop
from loops.models import Link, Loop
from loops.services.prompts import offer_prompt, prompts_since
from viral_engine.accounts.models import User
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions
from viral_engine.learning.models import Result
from viral_engine.safety.services import ActionRefused, Verdict, weigh_action

logger = logging.getLogger(__name__)
AGENT = "orchestrator"
LOOPS: dict[str, ViralLoop] = {loop.name: loop for loop in (BuddyChallenge(),)}
PERFECT = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """One loop as it was weighed."""

    loop: str
    score: float
    objection: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision: `action` is what the page does, "none" when nothing is offered."""

    action: str
    loop: str
    rationale: str
    link: Link | None = None
    told: str = ""  # a refusal in words for the person
    candidates: list[Candidate] = field(default_factory=list)


def trigger_event(event: Event, at: datetime) -> Choice:
    """A loop is offered or not, and the decision log says why.

    Steps: trust and safety, eligibility, score, cooldown, prompt cap, build.

    Cost    12 statements when a loop is offered, 6 when none is; none for an event no loop listens to.
    """
    started = perf_counter()
    loops = [loop for loop in LOOPS.values() if event.type in loop.triggers]
    if event.actor_id is None or not loops:
        return Choice("none", "", "No loop listens to this.")
    user = User.objects.get(pk=event.actor_id)
    is_asked_for = any(event.type in loop.asked_for for loop in loops)
    verdict = weigh_action(user=user, action="create_challenge" if is_asked_for else "trigger_loop", at=at)
    try:
        with transaction.atomic():
            choice, features = _choose(event, user, verdict, loops, at)
            decision = _decision(event, choice, features, started, at)
            record_decisions(verdict.decision, decision)
    except CannotBuild as lack:
        choice = Choice("none", "", f"{lack}.", told="This skill has too few questions for a challenge.")
        record_decisions(verdict.decision, _decision(event, choice, {}, started, at))
    except IntegrityError:  # another trigger of the same person took the place; everything built is undone
        logger.info("prompt for user %s lost the race", user.pk)
        choice = Choice("none", "", "Another prompt came first.")
        record_decisions(verdict.decision, _decision(event, choice, {}, started, at))
    return choice


def _decision(event: Event, choice: Choice, features: dict[str, Any], started: float, at: datetime) -> Decision:
    return Decision(
        agent=AGENT,
        actor_id=event.actor_id,
        type=event.type,
        outcome=choice.loop or "none",
        rationale=choice.rationale,
        features=features,
        alternatives=[
            {"loop": one.loop, "score": round(one.score, 4), "objection": one.objection} for one in choice.candidates
        ],
        latency_ms=(perf_counter() - started) * 1000,
        decided_at=at,
    )


def _choose(
    event: Event, user: User, verdict: Verdict, loops: list[ViralLoop], at: datetime
) -> tuple[Choice, dict[str, Any]]:
    if verdict.reason:
        return Choice("none", "", f"Trust and safety: {verdict.reason}.", told=str(ActionRefused(verdict.reason))), {}
    if not user.growth_prompts and not any(event.type in loop.asked_for for loop in loops):
        return Choice("none", "", "The person turned prompts off."), {}
    recent = prompts_since(user.pk, at)
    sessions = Result.objects.of(user.pk).since(at - timedelta(days=7)).count()
    score = int(getattr(event, "score", 0))
    moment = Moment(event, user, rules.engagement(sessions), score, score == PERFECT, at)
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
    eligible = [candidate for candidate in candidates if candidate.objection is None]
    if not eligible:
        reasons = "; ".join(f"{one.loop}: {one.objection}" for one in candidates)
        told = "; ".join(f"Reason: {one.objection}" for one in candidates) + "."
        return Choice("none", "", f"Nothing to offer. {reasons}.", told=told, candidates=candidates), features
    best = max(eligible, key=lambda candidate: candidate.score)
    return _offer(LOOPS[best.loop], best, moment, prompts_today, candidates), features


def _weigh(
    loop: ViralLoop, settings: Loop | None, moment: Moment, recent: list[tuple[str, datetime]], prompts_today: int
) -> Candidate:
    if settings is None:
        return Candidate(loop.name, 0.0, "switched off")
    last = next((offered_at for name, offered_at in recent if name == loop.name), None)
    hours = None if last is None else (moment.at - last) / timedelta(hours=1)
    score = rules.loop_score(
        expected_k=settings.expected_k,
        engagement=moment.engagement,
        is_milestone=moment.is_milestone,
        hours_since_last=hours,
    )
    objection = loop.objection(settings, moment)
    if objection is None and moment.event.type not in loop.asked_for:
        objection = _pacing(settings, hours, prompts_today)
    return Candidate(loop.name, score, objection)


def _pacing(settings: Loop, hours: float | None, prompts_today: int) -> str | None:
    if prompts_today >= rules.PROMPTS_PER_DAY:
        return "prompt cap reached for today"
    if hours is not None and hours * 3600 < settings.cooldown_s:
        return "cooling down"
    return None


def _offer(loop: ViralLoop, best: Candidate, moment: Moment, prompts_today: int, candidates: list[Candidate]) -> Choice:
    link = loop.build(moment)
    why = f"Scored {moment.score}, engagement {moment.engagement}; expected value {best.score:.2f} was the highest"
    rationale = f"{why} of {sum(1 for one in candidates if one.objection is None)} eligible."
    if moment.event.type not in loop.asked_for:
        attempt_id: str = moment.event.attempt_id  # type: ignore[attr-defined]  # every trigger is about an attempt
        offer_prompt(
            user=moment.user,
            link=link,
            attempt_id=attempt_id,
            rationale=rationale,
            prompts_today=prompts_today,
            at=moment.at,
        )
    return Choice(loop.action, loop.name, rationale, link, candidates=candidates)
