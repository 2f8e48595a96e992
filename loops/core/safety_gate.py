from datetime import datetime

from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.circuit_breaker import CallResult, call_with_fallback
from viral_engine.safety.services import SafetyDecision, evaluate_action

BUDGET_MS = TRUST_AND_SAFETY.call_budget_ms


def evaluate(user: User, action: str, at: datetime) -> CallResult[SafetyDecision | None]:
    """Return the trust & safety verdict; None if the agent fails, and then nothing may be offered or sent."""
    return call_with_fallback(
        TRUST_AND_SAFETY.key,
        lambda: evaluate_action(user=user, action=action, at=at),
        fallback=None,
        budget_ms=BUDGET_MS,
        is_sound=lambda verdict: isinstance(verdict, SafetyDecision),
    )
