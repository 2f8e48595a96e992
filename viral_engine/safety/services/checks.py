"""Checks by the trust and safety agent. Every check is logged, and caps count the log's rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any, TypeVar

from django.db import transaction

from viral_engine.accounts.models import User
from viral_engine.accounts.services.locks import lock_people
from viral_engine.kernel import clock
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions
from viral_engine.safety import rules
from viral_engine.safety.services.detections import Detection, open_detection
from viral_engine.safety.services.signals import PersonFacts, read_facts

AGENT = TRUST_AND_SAFETY.key
T = TypeVar("T")


class ActionRefused(Exception):
    """Trust and safety refused the action; `reason` is the code, the text is for the person."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or MESSAGES.get(reason, NOT_POSSIBLE))
        self.reason = reason


BLOCKED, HELD = "risk_block", "risk_hold"
NOT_POSSIBLE = "This is not possible right now."  # a refusal without a message of its own
MESSAGES = {
    "blocklisted": "This account cannot share right now. Write to us if you think that is wrong.",
    BLOCKED: "This account cannot share right now. Your page of decisions says how to ask us to look again.",
    HELD: "We are checking something about this account first. You can practice as usual meanwhile.",
    rules.COPPA_NO_CONSENT: "A parent has to say yes first.",
    "ferpa_violation": "School records stay private unless a parent agrees to share them.",
    "daily_cap": "That is enough for today. Try again tomorrow.",
    "unchecked": "We cannot check this right now. Try again in a minute.",
    "hourly_cap": "That was a lot at once. Try again in an hour.",
}
# Refusals that pass by themselves: what the site does for people is tried again later.
TEMPORARY = frozenset({"daily_cap", "hourly_cap", "unchecked", HELD})


@dataclass(frozen=True, slots=True)
class SafetyDecision:
    """The agent's answer; `decision` is its log row, not saved yet, and `detection` what staff should read."""

    reason: str | None
    decision: Decision
    features: dict[str, Any] = field(default_factory=dict)
    detail: str = ""  # for the person, where the reason alone does not tell them enough
    detection: Detection | None = None

    @property
    def is_allowed(self) -> bool:
        return self.reason is None

    @property
    def refusal(self) -> ActionRefused:
        return ActionRefused(self.reason or "", self.detail)


def evaluate_action(*, user: User, action: str, at: datetime, context: dict[str, Any] | None = None) -> SafetyDecision:
    """Evaluate an action without saving anything; the caller saves the answer by `record_verdict`.

    Order: blocklist, caps, duplicates and fraud score, compliance. Callers that hold no lock on the person (`perform`
    does) may pass a cap by the number of checks at one instant.

    Cost  1 query.
    """
    started = perf_counter()
    facts = read_facts(user, action, at)
    weighing = rules.weigh(facts.risk)
    verdict = _softened(weighing.outcome, facts)
    is_record = bool((context or {}).get("educational_record"))
    reason, detail = _refusal(user, action, facts, verdict, is_record=is_record, at=at)
    age = user.age_on(clock.today(at))
    usage = facts.usage
    features = {"age": age, "last_day": usage.last_day, "last_hour": usage.last_hour, "risk": weighing.risk}
    is_scored = reason in {None, BLOCKED, HELD}
    decision = Decision(
        agent=AGENT,
        actor_id=user.pk,
        type=action,
        outcome=verdict if is_scored else "refuse",
        rationale=reason or ("No objection." if verdict == rules.ALLOW else weighing.reason),
        features=features | {"signals": weighing.weights},
        latency_ms=(perf_counter() - started) * 1000,
        decided_at=at,
    )
    detection = detection_of(user, action, facts, weighing, verdict) if is_scored else None
    return SafetyDecision(reason, decision, features, detail, detection)


def detection_of(
    user: User, action: str, facts: PersonFacts, weighing: rules.Weighing, outcome: str
) -> Detection | None:
    """The case for staff about a person; None if nothing is odd, or if a case of the account waits already."""
    if outcome not in rules.FOR_STAFF or facts.is_in_review:
        return None
    evidence = {
        "action": action,
        "risk": weighing.risk,
        "signals": weighing.weights,
        "device": user.signup_device,
    }
    return Detection(user.pk, outcome, weighing.reason, evidence)


def _softened(verdict: str, facts: PersonFacts) -> str:
    """Staff who approved an account have seen its signals: it is watched, and a device flagged high still blocks."""
    is_flagged = facts.risk.device_level == "high"
    return rules.WATCH if facts.is_cleared and verdict != rules.ALLOW and not is_flagged else verdict


def _refusal(
    user: User, action: str, facts: PersonFacts, verdict: str, *, is_record: bool, at: datetime
) -> tuple[str | None, str]:
    """The reason, and a text for the person where the reason does not tell them enough."""
    if facts.is_blocked:
        return "blocklisted", ""
    if capped := rules.over_cap(action, facts.usage):
        return capped, ""
    if verdict in {rules.BLOCK, rules.HOLD}:
        return (BLOCKED if verdict == rules.BLOCK else HELD), ""
    age = user.age_on(clock.today(at))
    reason = rules.compliance(action, age=age, consents=facts.consents, is_educational_record=is_record)
    return reason, facts.consent.words.full if reason == rules.COPPA_NO_CONSENT else ""


def record_verdict(verdict: SafetyDecision, *others: Decision) -> None:
    """Log the verdict, with other agents' decisions of the same step, and open its case for staff.

    Cost  1 insert; 2 more for the check that opens a case.
    """
    record_decisions(verdict.decision, *others)
    if verdict.detection is not None:
        open_detection(verdict.detection, at=verdict.decision.decided_at)


def check_action(*, user: User, action: str, at: datetime, context: dict[str, Any] | None = None) -> None:
    """Require that an action is allowed, and log the decision.

    Cost    3 statements; 2 more for the check that opens a case for staff.
    Raises  ActionRefused.
    """
    perform(
        user=user,
        action=action,
        at=at,
        find=lambda: None,
        act=lambda: None,
        check=lambda: evaluate_action(user=user, action=action, at=at, context=context),
    )


def perform(
    *,
    user: User,
    action: str,
    at: datetime,
    find: Callable[[], T | None],
    act: Callable[[], T],
    check: Callable[[], SafetyDecision | None] | None = None,
) -> T:
    """Return what `find` finds, else do what trust and safety allows, in one transaction with the logged decision.

    The person's actions take turns: a second press finds what the first one made, and a cap holds however many arrive
    at once. Nothing is checked, counted or made for a repeat.

    Cost    2 statements more than `find` and `act`, and those of the check.
    Raises  ActionRefused, and what `act` raises; the decision is logged.
    """
    failure: Exception | None = None
    with transaction.atomic():
        lock_people(user.pk)
        found = find()
        if found is not None:
            return found
        checked = check() if check else evaluate_action(user=user, action=action, at=at)
        if checked is not None:
            record_verdict(checked)
            if checked.reason is None:
                try:
                    with transaction.atomic():
                        return act()
                except Exception as error:  # noqa: BLE001  (raised again once the decision is committed)
                    failure = error
    if failure is not None:
        raise failure
    raise ActionRefused("unchecked") if checked is None else checked.refusal
