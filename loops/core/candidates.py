"""The loops that an event may start, each with its score and the reason why it is not eligible."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loops.core.base import Ineligibility, OfferContext, ViralLoop
from loops.models import Loop
from loops.rules.scoring import PROMPTS_PER_DAY, loop_score

Prompts = list[tuple[str, datetime]]  # (loop, offered_at), newest first


@dataclass(frozen=True, slots=True)
class LoopCandidate:
    """One loop with its score, and why it is not eligible."""

    loop: str
    score: float
    ineligibility: Ineligibility | None


def weigh(
    loop: ViralLoop, settings: Loop | None, context: OfferContext, recent: Prompts, prompts_today: int
) -> LoopCandidate:
    """Score a loop for a person, and say why it may not be offered; `settings` is None while it is switched off."""
    if settings is None:
        return LoopCandidate(loop.name, 0.0, Ineligibility("switched off", "This is switched off at the moment."))
    last = next((offered_at for name, offered_at in recent if name == loop.name), None)
    hours = None if last is None else (context.at - last) / timedelta(hours=1)
    score = loop_score(
        expected_k=settings.k_for(context.user.role),
        engagement=context.engagement,
        is_milestone=context.is_milestone,
        hours_since_last=hours,
    )
    ineligibility = loop.ineligibility(settings, context)
    if ineligibility is None and type(context.event) not in loop.user_initiated:
        ineligibility = _pacing(settings, hours, prompts_today)
    return LoopCandidate(loop.name, score, ineligibility)


def _pacing(settings: Loop, hours: float | None, prompts_today: int) -> Ineligibility | None:
    if prompts_today >= PROMPTS_PER_DAY:
        return Ineligibility("prompt cap reached for today")
    if hours is not None and hours * 3600 < settings.cooldown_s:
        return Ineligibility("cooling down")
    return None
