"""The Personalization agent: choose copy for a person's role, language, subject and engagement."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache

from loops.core.ai import AiUnavailable, ask_model, is_configured
from loops.models import GeneratedCopy
from loops.rules.copy import Copy, CopyAudience, copy_rejection, template
from loops.rules.copy_params import copy_overrides
from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import PERSONALIZATION
from viral_engine.kernel.circuit_breaker import CallResult, call_with_fallback
from viral_engine.kernel.leases import StopRun, TryLater, run
from viral_engine.learning.models import Subject
from viral_engine.learning.queries.home import subject_skills

AGENT = PERSONALIZATION.key
BUDGET_MS = PERSONALIZATION.call_budget_ms
WAIT_S = 60  # before the database is checked again for new copy
INSTRUCTIONS = (
    "You write short texts for a tutoring site used by children, parents and tutors. Rewrite the four parts of the "
    "copy for the audience you are given, in its language, warmly and plainly, without pressure. Keep every word in "
    "braces exactly as it is and in the same part. Promise nothing that the copy does not. Use no numbers, links, "
    "names or emoji that are not there. Each part has at most 150 characters."
)


def personalized_copy(
    *, user: User, loop: str, engagement: str, subject: str, at: datetime, arms: Iterable[Mapping[str, Any]] = ()
) -> CallResult[dict[str, str]]:
    """Return the copy of a link for this audience in their language, overridden by experiment arms.

    When the agent fails, return the loop's plain English copy and the reason.

    Cost  none with templates alone; with AI copy and a cold cache 1 query, and 1 insert the first time.
    """
    audience = CopyAudience(user.role, user.language, subject, engagement)
    answer = call_with_fallback(
        AGENT,
        lambda: copy_for(loop, audience, at),
        fallback=template(loop, CopyAudience(user.role)),
        budget_ms=BUDGET_MS,
        is_sound=lambda copy: isinstance(copy, Copy),
    )
    words = asdict(answer.value)
    for params in arms:
        words |= copy_overrides(params, audience.language)
    return CallResult(words, answer.degraded_reason)


def copy_for(loop: str, audience: CopyAudience, at: datetime) -> Copy:
    """Return checked AI copy for the audience, else the template; missing AI copy is requested for later."""
    own = template(loop, audience)
    if not is_configured():
        return own
    key = f"copy:{loop}:{':'.join(asdict(audience).values())}"
    texts = cache.get(key) if settings.AI_CACHE_ENABLED else None
    if texts is None:
        row, _ = GeneratedCopy.objects.get_or_create(loop=loop, **asdict(audience), defaults={"wanted_at": at})
        texts = row.texts if row.is_usable else {}
        cache.set(key, texts, settings.AI_CACHE_TTL if texts else WAIT_S)
    return Copy(**texts) if texts else own


def get_recommendations(user: User, subject: Subject, at: datetime, *, most: int = 3) -> list[dict[str, str]]:
    """Return the skills the learner should practice next in the subject, best first.

    Shape  [{"content_id": "algebra", "title": "Algebra", "reason": "You have not tried it yet."}, ...]
    Cost   2 queries.
    """
    return [
        {"content_id": skill.slug, "title": skill.name, "reason": reason}
        for skill, reason in subject_skills(user, subject, at, most=most).recommended
    ]


def recommended(user: User, subject: Subject, at: datetime) -> list[dict[str, str]]:
    """The recommendations for a page; none when the agent fails. Cost  as `get_recommendations`."""
    nothing: list[dict[str, str]] = []
    answer = call_with_fallback(
        AGENT,
        lambda: get_recommendations(user, subject, at),
        fallback=nothing,
        budget_ms=PERSONALIZATION.budget_ms,
        is_sound=lambda found: isinstance(found, list),
    )
    return answer.value


def generate_copy(*, at: datetime, most: int = 10) -> int:
    """Generate up to `most` requested texts; returns how many are usable. Takes seconds: call it from a worker.

    Each is leased for five minutes, so that two workers do not generate it twice.
    """
    refused: list[int] = []

    def write(row: GeneratedCopy) -> dict[str, Any]:
        try:
            columns = _written(row, at)
        except AiUnavailable as lack:
            if lack.reason == "failed":
                raise TryLater(lack.reason) from None
            raise StopRun(lack.reason) from None  # no key, or nothing left of today's budget
        if columns["refused_for"]:
            refused.append(row.pk)
        return columns

    done = run(GeneratedCopy.objects.order_by("wanted_at", "pk"), write, at=at, limit=most)
    return sum(row.pk not in refused for row in done)


def _written(row: GeneratedCopy, at: datetime) -> dict[str, Any]:
    audience = CopyAudience(row.persona, row.language, row.subject, row.engagement)
    own = template(row.loop, audience)
    question = f"Audience: {audience}\nCopy: {asdict(own)}"
    copy = ask_model(instructions=INSTRUCTIONS, question=question, shape=Copy, at=at)
    return {"texts": asdict(copy), "refused_for": copy_rejection(copy, own)}
