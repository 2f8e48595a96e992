"""Loop scores, learned K, and the numbers that loops share."""

from datetime import timedelta

ENGAGED_SESSIONS, SOMEWHAT_ENGAGED_SESSIONS = 5, 2  # finished in 7 days
PROMPTS_PER_DAY = 3
PRIOR_REFERRERS = 200  # weight of the configured K, in exposed referrers
K_LOOKBACK = timedelta(days=90)
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # no characters that look alike
CODE_LENGTH = 8
FVM_WINDOW = timedelta(hours=48)
CHANNELS = ("copy", "sms", "whatsapp", "email", "system", "qr")


def engagement(sessions_in_7_days: int) -> str:
    if sessions_in_7_days >= ENGAGED_SESSIONS:
        return "high"
    return "medium" if sessions_in_7_days >= SOMEWHAT_ENGAGED_SESSIONS else "low"


def loop_score(*, expected_k: float, engagement: str, is_milestone: bool, hours_since_last: float | None) -> float:
    """Score a loop for this moment; the orchestrator offers the loop with the highest score.

    Units   hours_since_last counts from the same loop's last prompt; None if there was none.
    """
    penalty = 0.0 if hours_since_last is None else max(0.0, 0.3 - hours_since_last / 48)
    return expected_k + 0.15 * (engagement == "high") + 0.20 * is_milestone - penalty


def learned_k(*, configured: float, exposed: int, joined: int) -> float:
    """Estimate a loop's K for one role, shrunk towards the configured value while few people were exposed.

    Source  posterior mean of a rate with a Gamma prior worth 200 exposed referrers.
    """
    return (PRIOR_REFERRERS * configured + joined) / (PRIOR_REFERRERS + exposed)
