"""The orchestrator: decides after an event which loop to offer, if any, and logs why."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from loops.core.base import AboutAttempt, Ineligibility, OfferContext, OfferUnavailable, ViralLoop
from loops.core.candidates import LoopCandidate, weigh
from loops.core.prompts import offer_prompt, prompts_since
from loops.core.registry import LOOPS
from loops.core.safety_gate import evaluate
from loops.events import AgenticActionTriggered
from loops.models import Link, running_loops
from loops.rules.scoring import engagement
from viral_engine.accounts.models import Consent, User, is_consent_withdrawn, is_pupil_of_contract_school
from viral_engine.accounts.rules import is_minor
from viral_engine.accounts.services.consent import is_child
from viral_engine.accounts.services.locks import lock_people
from viral_engine.accounts.services.schools import is_school_pupil
from viral_engine.kernel import clock
from viral_engine.kernel.agent_failures import AgentFailed, records_failures, store_failure
from viral_engine.kernel.agent_registry import ORCHESTRATOR
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.kernel.services import announce, record_decisions
from viral_engine.learning.events import AchievementEarned, ChallengeWon, SessionRatedFiveStars
from viral_engine.learning.models import Result, number_since
from viral_engine.safety.services import ActionRefused, SafetyDecision, record_verdict

logger = logging.getLogger(__name__)
AGENT = ORCHESTRATOR.key
PERFECT = 100
OCCASION_FOR = timedelta(days=7)  # how long an event may start a loop that a person asks for
RESULTS_NOT_SHARED = "Your parent decided that your results are not shared."
SCHOOL_RECORDS = "A school gave us these records under contract: they are not used for growth."
OF_THE_SCHOOL = "You learn here with your school, so there are no challenges to share."
UNCHECKED = str(ActionRefused("unchecked"))
MILESTONES: frozenset[type[Event]] = frozenset({AchievementEarned, ChallengeWon, SessionRatedFiveStars})


@dataclass(frozen=True, slots=True)
class OfferDecision:
    """The decision: `action` is what the page does, "none" when nothing is offered."""

    action: str
    loop: str
    rationale: str
    link: Link | None = None
    message: str = ""  # a refusal, for the person
    candidates: list[LoopCandidate] = field(default_factory=list)
    degraded_reasons: list[str] = field(default_factory=list)  # agents that failed, with their reasons
    agents: list[Decision] = field(default_factory=list)  # decisions of the agents that took part


@dataclass(frozen=True, slots=True)
class Case:
    """One event, the loops it may start, and the person they are for, with facts read in the same query."""

    event: Event
    loops: list[ViralLoop]
    user: User
    has_private_results: bool  # a parent withdrew the consent to share results
    is_school_pupil: bool  # a school gave us the records under contract: they serve teaching alone
    sessions_7d: int
    at: datetime

    @property
    def is_user_initiated(self) -> bool:
        return any(type(self.event) in loop.user_initiated for loop in self.loops)


class NotBuilt(Exception):
    """The best loop could not be built."""

    def __init__(self, loop: str, ineligibility: Ineligibility) -> None:
        super().__init__(loop)
        self.loop, self.ineligibility = loop, ineligibility


@records_failures(AGENT)
def trigger_event(event: Event, at: datetime) -> OfferDecision:
    """Offer at most one loop, and log why.

    Steps: trust and safety, eligibility, score, cooldown, prompt cap, build.

    Cost    9 statements when a loop is offered, 4 when none is, 1 more where a loop reads the cohort, 1 more for a
            minor; none for an event that starts no loop.
    """
    return _decide(event, at, LOOPS.values())


def _decide(event: Event, at: datetime, among: Iterable[ViralLoop]) -> OfferDecision:
    """Choose among these loops, and log the choice."""
    started = perf_counter()
    case = _case_of(event, at, among)
    if case is None:
        return OfferDecision("none", "", "No loop listens to this.")
    user = case.user
    answer = evaluate(user, "create_challenge" if case.is_user_initiated else "trigger_loop", at)
    verdict = answer.value
    if verdict is None:  # without a safety check nothing is offered
        choice = OfferDecision(
            "none",
            "",
            "Trust and safety could not answer.",
            message=UNCHECKED,
            degraded_reasons=[answer.degraded_reason],
        )
        record_decisions(_decision(case, choice, {}, started))
        return choice
    unavailable: dict[str, Ineligibility] = {}
    while True:
        try:
            with transaction.atomic():
                choice, features = _choose(case, verdict, answer.degraded_reason, unavailable)
                record_verdict(verdict, *choice.agents, _decision(case, choice, features, started))
                return choice
        except NotBuilt as lack:  # what it wrote is rolled back, and the next best loop is tried
            unavailable[lack.loop] = lack.ineligibility
        except IntegrityError:  # another trigger of the same person was first; everything built is rolled back
            logger.info("prompt for user %s lost the race", user.pk)
            choice = OfferDecision("none", "", "Another prompt came first.")
            record_verdict(verdict, _decision(case, choice, {}, started))
            return choice


def offer_on_request(event: Event, at: datetime, *, find: Callable[[], Link | None]) -> OfferDecision:
    """Offer what a person asked for with a button, once: the link that `find` finds, or a new one.

    The person's presses take turns, so that a repeated one finds the first one's link and daily caps hold.

    Cost  1 statement more than `find` and `trigger_event`.
    """
    try:
        with transaction.atomic():
            lock_people(event.actor_id or 0)
            link = find()
            if link is not None:
                return OfferDecision(LOOPS[link.loop_id].action, link.loop_id, "It was made before.", link)
            return trigger_event(event, at)
    except AgentFailed as failed:
        store_failure(failed.decision)
        raise


def _case_of(event: Event, at: datetime, among: Iterable[ViralLoop]) -> Case | None:
    """The case of an event; None when no loop starts with it, or its member is gone. Cost  1 query."""
    loops = [loop for loop in among if type(event) in loop.triggers and _is_meant(loop, event)]
    user_id = loops[0].recipient_id(event) if loops else None  # all loops of one trigger are for the same person
    if user_id is None:
        return None
    user = (
        User.objects.select_related("referral__link")
        .annotate(
            has_private_results=is_consent_withdrawn(F("pk"), "ferpa"),
            is_school_pupil=is_pupil_of_contract_school(F("pk")),
            sessions_7d=number_since(F("pk"), at - timedelta(days=7)),
        )
        .filter(pk=user_id)
        .first()
    )
    if user is None:  # the account was deleted before the relay came to it
        return None
    return Case(event, loops, user, user.has_private_results, user.is_school_pupil, user.sessions_7d, at)


def route_loop(name: str, user: User, at: datetime) -> OfferDecision:
    """Offer the named loop to the person now, if they are eligible; for agents, and for people who ask for it.

    A loop that agents may start gets the person's latest result; any other gets the newest event of the last week
    that could have started it.

    Cost    1 query, the event and what `trigger_event` costs.
    Raises  KeyError for an unknown loop.
    """
    loop = LOOPS[name]
    is_agentic = AgenticActionTriggered in loop.triggers
    facts = _latest_result(user) if is_agentic else {}
    asked = AgenticActionTriggered(actor_id=user.pk, loop=loop.name, **facts)
    with transaction.atomic():
        announce(asked, at=at)
    event = asked if is_agentic else _newest_occasion(loop, user, at)
    if event is None:
        return OfferDecision("none", "", f"Nothing happened lately that {loop.name} is offered for.")
    return records_failures(AGENT)(lambda event, at: _decide(event, at, [loop]))(event, at)


def _latest_result(user: User) -> dict[str, Any]:
    """The facts of the person's latest attempt at a skill, for the event; empty before it. 1 query."""
    of_skills = Result.objects.of(user.pk).filter(skill__isnull=False).select_related("skill__subject")
    result = of_skills.order_by("-finished_at").first()
    if result is None or result.skill is None:
        return {}
    skill = result.skill
    return {"attempt_id": str(result.pk), "subject": skill.subject.slug, "skill": skill.slug, "score": result.score}


def _newest_occasion(loop: ViralLoop, user: User, at: datetime) -> Event | None:
    """The person's newest event that may start the loop; None after a week without one. 1 query."""
    types = [event_type.type for event_type in loop.triggers]
    mine = LoggedEvent.objects.filter(actor_id=user.pk, type__in=types, is_invalid=False, at__gte=at - OCCASION_FOR)
    newest = mine.order_by("-at").first()
    return newest.as_event() if newest is not None else None


def _is_meant(loop: ViralLoop, event: Event) -> bool:
    """Whether the event may start the loop: an agent names one loop; other events start every loop that lists them."""
    return not isinstance(event, AgenticActionTriggered) or event.loop == loop.name


def ineligibility_to_ask(event: Event, user: User, *, score: int, at: datetime) -> str | None:
    """The reason why the person cannot start a loop with this event now; None when they can.

    Nothing is written. A reason that only `build` can find (too few questions) comes with the refused offer.

    Cost    2 queries; 1 more for a child under 13.
    """
    verdict = evaluate(user, "create_challenge", at).value
    if verdict is None:
        return UNCHECKED
    if verdict.reason:
        return str(verdict.refusal)
    if is_school_pupil(user.pk):
        return OF_THE_SCHOOL
    running = running_loops()
    context = OfferContext(event, user, "", score, score == PERFECT, at)
    asked = [loop for loop in LOOPS.values() if type(event) in loop.user_initiated]
    candidates = [weigh(loop, running.get(loop.name), context, [], 0) for loop in asked]
    if any(candidate.ineligibility is None for candidate in candidates):
        return None
    return " ".join(candidate.ineligibility.message for candidate in candidates if candidate.ineligibility)


def _decision(case: Case, choice: OfferDecision, features: dict[str, Any], started: float) -> Decision:
    return Decision(
        agent=AGENT,
        actor_id=case.user.pk,
        type=case.event.type,
        outcome=choice.loop or "none",
        rationale=choice.rationale,
        features=features | ({"troubles": choice.degraded_reasons} if choice.degraded_reasons else {}),
        is_degraded=bool(choice.degraded_reasons),
        alternatives=[
            {
                "loop": one.loop,
                "score": round(one.score, 4),
                "objection": one.ineligibility and one.ineligibility.logged,
            }
            for one in choice.candidates
        ],
        latency_ms=(perf_counter() - started) * 1000,
        decided_at=case.at,
    )


def _choose(
    case: Case, verdict: SafetyDecision, degraded_reason: str, unavailable: Mapping[str, Ineligibility]
) -> tuple[OfferDecision, dict[str, Any]]:
    """Choose an offer by the safety verdict; a slow verdict still holds, and `degraded_reason` records it.

    Raises  NotBuilt for the best loop, unless it is among `unavailable`.
    """
    event, user, at = case.event, case.user, case.at
    if verdict.reason:
        message, degraded_reasons = str(verdict.refusal), [degraded_reason] if degraded_reason else []
        return OfferDecision(
            "none", "", f"Trust and safety: {verdict.reason}.", message=message, degraded_reasons=degraded_reasons
        ), {}
    if case.has_private_results:
        return OfferDecision(
            "none", "", "A parent took back the consent to share results.", message=RESULTS_NOT_SHARED
        ), {}
    if case.is_school_pupil:
        return OfferDecision("none", "", SCHOOL_RECORDS, message=OF_THE_SCHOOL), {}
    if not user.growth_prompts and not case.is_user_initiated:
        return OfferDecision("none", "", "The person turned prompts off."), {}
    recent = prompts_since(user.pk, at)
    score = event.score if isinstance(event, AboutAttempt) else 0
    is_milestone = score == PERFECT or type(event) in MILESTONES
    context = OfferContext(event, user, engagement(case.sessions_7d), score, is_milestone, at)
    context.note(degraded_reason)
    prompts_today = sum(1 for _, offered_at in recent if clock.today(offered_at) == clock.today(at))
    features = {
        "score": score,
        "sessions_7d": case.sessions_7d,
        "engagement": context.engagement,
        "is_milestone": context.is_milestone,
        "prompts_today": prompts_today,
    }
    running = running_loops()
    candidates = [weigh(loop, running.get(loop.name), context, recent, prompts_today) for loop in case.loops]
    candidates = [replace(one, ineligibility=unavailable.get(one.loop, one.ineligibility)) for one in candidates]
    return _offer_best(candidates, context, prompts_today), features


def _offer_best(candidates: list[LoopCandidate], context: OfferContext, prompts_today: int) -> OfferDecision:
    """Offer the best eligible loop. Raises  NotBuilt."""
    eligible = [candidate for candidate in candidates if candidate.ineligibility is None]
    if not eligible:
        return _nothing(candidates, context)
    best = max(eligible, key=lambda candidate: candidate.score)
    try:
        return _offer(best, context, prompts_today, candidates)
    except OfferUnavailable as lack:
        raise NotBuilt(best.loop, Ineligibility(str(lack), lack.message)) from lack


def _nothing(candidates: list[LoopCandidate], context: OfferContext) -> OfferDecision:
    refused = [(one.loop, one.ineligibility) for one in candidates if one.ineligibility]
    reasons = "; ".join(f"{loop}: {ineligibility.logged}" for loop, ineligibility in refused)
    message = " ".join(ineligibility.message for _, ineligibility in refused)
    rationale = f"Nothing to offer. {reasons}."
    return OfferDecision(
        "none",
        "",
        rationale,
        message=message,
        candidates=candidates,
        degraded_reasons=context.degraded_reasons,
        agents=context.decisions,
    )


def _lock_consent(context: OfferContext) -> None:
    """Lock a parent's consents until this transaction ends, so that a withdrawal waits and then finds the link.

    Cost    1 query for a minor, none for others.
    Raises  OfferUnavailable.
    """
    user = context.user
    if not is_minor(user.age_on(clock.today(context.at))):
        return
    kinds = Consent.objects.all().lock_kinds_of(user.pk)
    if is_child(user, context.at) and not kinds.get(Consent.Kind.COPPA):
        raise OfferUnavailable("The consent of a parent is not in force any more")
    if not kinds.get(Consent.Kind.FERPA, True):
        raise OfferUnavailable("A parent took back the consent to share results")


def _offer(
    best: LoopCandidate, context: OfferContext, prompts_today: int, candidates: list[LoopCandidate]
) -> OfferDecision:
    loop = LOOPS[best.loop]
    _lock_consent(context)
    link = loop.build(context)
    score = f"Scored {context.score}, e" if isinstance(context.event, AboutAttempt) else "E"
    why = f"{score}ngagement {context.engagement}; expected value {best.score:.2f} was the highest"
    rationale = f"{why} of {sum(1 for one in candidates if one.ineligibility is None)} eligible."
    if type(context.event) not in loop.user_initiated:
        offer_prompt(
            user=context.user,
            link=link,
            attempt_id=context.attempt_id,
            rationale=rationale,
            prompts_today=prompts_today,
            at=context.at,
        )
    return OfferDecision(
        loop.action,
        loop.name,
        rationale,
        link,
        candidates=candidates,
        degraded_reasons=context.degraded_reasons,
        agents=context.decisions,
    )
