"""Checks by the trust and safety agent. Every check is logged, and caps count the log's rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count, Q

from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.rules import ConsentState, needs_consent
from viral_engine.accounts.services.consent import consent_state_of, is_child
from viral_engine.accounts.services.locks import lock_people
from viral_engine.kernel import clock
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions
from viral_engine.safety import rules

AGENT = TRUST_AND_SAFETY.key
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
T = TypeVar("T")


class ActionRefused(Exception):
    """Trust and safety refused the action; `reason` is the code, the text is for the person."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or MESSAGES.get(reason, "This is not possible right now."))
        self.reason = reason


MESSAGES = {
    "blocklisted": "This account cannot share right now. Write to us if you think that is wrong.",
    rules.COPPA_NO_CONSENT: "A parent has to say yes first.",
    "ferpa_violation": "School records stay private unless a parent agrees to share them.",
    "daily_cap": "That is enough for today. Try again tomorrow.",
    "unchecked": "We cannot check this right now. Try again in a minute.",
    "hourly_cap": "That was a lot at once. Try again in an hour.",
}


@dataclass(frozen=True, slots=True)
class SafetyDecision:
    """The agent's answer; `decision` is its log row, not saved yet."""

    reason: str | None
    decision: Decision
    features: dict[str, Any] = field(default_factory=dict)
    detail: str = ""  # for the person, where the reason alone does not tell them enough

    @property
    def is_allowed(self) -> bool:
        return self.reason is None

    @property
    def refusal(self) -> ActionRefused:
        return ActionRefused(self.reason or "", self.detail)


def evaluate_action(*, user: User, action: str, at: datetime, context: dict[str, Any] | None = None) -> SafetyDecision:
    """Evaluate an action without saving anything; the caller saves `decision` with its own rows.

    Order: blocklist, caps, compliance. Callers that hold no lock on the person (`perform` does) may pass a cap by the
    number of checks at one instant.

    Cost  1 query; 1 more for a child under 13.
    """
    started = perf_counter()
    age = user.age_on(clock.today(at))
    usage = _usage(user.pk, action, at)
    reason, detail = _refusal(user, action, age, usage, context or {}, at)
    features = {"age": age, "last_day": usage.last_day, "last_hour": usage.last_hour}
    decision = Decision(
        agent=AGENT,
        actor_id=user.pk,
        type=action,
        outcome="refuse" if reason else "allow",
        rationale=reason or "No objection.",
        features=features,
        latency_ms=(perf_counter() - started) * 1000,
        decided_at=at,
    )
    return SafetyDecision(reason, decision, features, detail)


def check_action(*, user: User, action: str, at: datetime, context: dict[str, Any] | None = None) -> None:
    """Require that an action is allowed, and log the decision.

    Cost    3 statements; 1 more for a child under 13.
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
            record_decisions(checked.decision)
            if checked.reason is None:
                try:
                    with transaction.atomic():
                        return act()
                except Exception as error:  # noqa: BLE001  (raised again once the decision is committed)
                    failure = error
    if failure is not None:
        raise failure
    raise ActionRefused("unchecked") if checked is None else checked.refusal


def queue_for_review(*, actor_id: int, type: str, rationale: str, about: str, at: datetime) -> None:  # noqa: A002
    """Log that staff should look at something a person did, which was allowed. Cost  1 insert."""
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=actor_id,
            type=type,
            outcome="queue",
            rationale=rationale,
            features={"about": about},
            decided_at=at,
        )
    )


def _usage(user_id: int, action: str, at: datetime) -> rules.Usage:
    allowed = Decision.objects.made_for(user_id, agent=AGENT).since(at - DAY).filter(type=action, outcome="allow")
    counts = allowed.aggregate(day=Count("pk"), hour=Count("pk", filter=Q(decided_at__gte=at - HOUR)))
    return rules.Usage(last_day=counts["day"], last_hour=counts["hour"])


def _refusal(
    user: User, action: str, age: int | None, usage: rules.Usage, context: dict[str, Any], at: datetime
) -> tuple[str | None, str]:
    """The reason, and a text for the person where the reason does not tell them enough."""
    if user.blocked_at is not None or not user.is_active:
        return "blocklisted", ""
    is_record = bool(context.get("educational_record"))
    reads_kinds = is_record or action in rules.PUBLISHING_ACTIONS
    if is_child(user, at) and not reads_kinds:  # one query tells whether a parent agreed, and if not, why
        state = consent_state_of(user, at)
        consents = {"coppa"} if state == ConsentState.AGREED else set()
    else:
        state = ConsentState.NOT_NEEDED
        consents = Consent.objects.kinds_for(user.pk) if needs_consent(age) or reads_kinds else set()
    reason = rules.over_cap(action, usage) or rules.compliance(
        action, age=age, consents=consents, is_educational_record=is_record
    )
    return reason, state.words.full if reason == rules.COPPA_NO_CONSENT else ""


def review_sign_up(event: AccountCreated, at: datetime) -> None:
    """Compare a new account with others by device, e-mail and IP address, and log the risk. A durable listener."""
    user = User.objects.get(pk=event.user_id)
    others = User.objects.exclude(pk=user.pk)
    same_device = others.filter(signup_device=user.signup_device).count() if user.signup_device else 0
    neighbors = others.filter(signup_ip_hash=user.signup_ip_hash, date_joined__gte=at - DAY)
    same_ip = neighbors.count() if user.signup_ip_hash else 0
    signals = rules.sign_up_signals(same_device=same_device, same_ip=same_ip, email=user.email or "")
    risk = rules.combined_risk(rules.WEIGHTS[signal] for signal in signals)
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=user.pk,
            guest_id=event.guest_id,
            type="sign_up",
            outcome=rules.outcome_for(risk),
            rationale=", ".join(signals) or "Nothing odd.",
            features={"risk": round(risk, 4), "same_device": same_device, "same_ip": same_ip},
            decided_at=at,
        )
    )
