"""Services of trust and safety; other apps import the checks from here."""

from viral_engine.safety.services.checks import (
    MESSAGES,
    NOT_POSSIBLE,
    TEMPORARY,
    ActionRefused,
    SafetyDecision,
    check_action,
    evaluate_action,
    perform,
    record_verdict,
)

__all__ = [
    "MESSAGES",
    "NOT_POSSIBLE",
    "TEMPORARY",
    "ActionRefused",
    "SafetyDecision",
    "check_action",
    "evaluate_action",
    "perform",
    "record_verdict",
]
