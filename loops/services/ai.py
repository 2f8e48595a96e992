"""The AI provider: asked within a budget of the day and a timeout, for an answer of a known shape."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db.models import F

from loops.models import AiDay

if TYPE_CHECKING:
    from anthropic.types import Usage

logger = logging.getLogger("ai")
T = TypeVar("T")
MOST_TOKENS = 1024
LETTERS_A_TOKEN = 3  # fewer than there are, so that the reserve is never too small


class AiUnavailable(Exception):
    """No answer; `reason` is no_key | budget | failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_on() -> bool:
    return bool(settings.ANTHROPIC_API_KEY)


def ask_model(*, instructions: str, question: str, shape: type[T], at: datetime) -> T:
    """What the model answers, as `shape` (a dataclass). Never called in a request: it takes seconds.

    The most it may cost is taken from the day's budget first, and what it did not cost is given back.

    Raises  AiUnavailable: nothing was answered in AI_TIMEOUT_S, or nothing of that shape.
    """
    if not is_on():
        raise AiUnavailable("no_key")
    reserve = _cost(len(instructions + question) // LETTERS_A_TOKEN + 500, MOST_TOKENS)
    budget = int(settings.AI_DAILY_BUDGET * 1_000_000)
    if not _taken(reserve, budget, at):
        raise AiUnavailable("budget")
    spent = reserve  # an answer that never came may have been paid for all the same
    try:
        answer, usage = _asked(instructions, question, shape)
        spent = min(reserve, _cost(usage.input_tokens, usage.output_tokens))
    finally:
        AiDay.objects.filter(on=at.date()).update(spent_microdollars=F("spent_microdollars") - (reserve - spent))
    logger.info("asked %s: %s tokens in, %s out", settings.AI_MODEL, usage.input_tokens, usage.output_tokens)
    return answer


def _taken(microdollars: int, budget: int, at: datetime) -> bool:
    """Whether so much still fits into the day's budget, and if so is taken; 1 statement, 3 on the day's first."""
    day = AiDay.objects.filter(on=at.date(), spent_microdollars__lte=budget - microdollars)
    taken = {"spent_microdollars": F("spent_microdollars") + microdollars, "calls": F("calls") + 1}
    if day.update(**taken):
        return True
    AiDay.objects.bulk_create([AiDay(on=at.date())], ignore_conflicts=True)
    return bool(day.update(**taken))


def _asked(instructions: str, question: str, shape: type[T]) -> "tuple[T, Usage]":
    import anthropic  # a second to import: only where it is asked
    import pydantic

    client = anthropic.Anthropic(
        api_key=settings.ANTHROPIC_API_KEY,
        base_url=settings.AI_BASE_URL or None,
        timeout=settings.AI_TIMEOUT_S,
        max_retries=1,
    )
    try:
        with client:
            reply = client.messages.parse(
                model=settings.AI_MODEL,
                max_tokens=MOST_TOKENS,
                system=instructions,
                messages=[{"role": "user", "content": question}],
                output_format=shape,
            )
    # AttributeError: the library takes a page that is no JSON for text, and looks for its parts.
    except (anthropic.AnthropicError, pydantic.ValidationError, ValueError, AttributeError) as error:
        logger.warning("the AI provider could not answer: %s", type(error).__name__)
        raise AiUnavailable("failed") from error
    if reply.parsed_output is None:
        raise AiUnavailable("failed")
    return reply.parsed_output, reply.usage


def _cost(tokens_in: int, tokens_out: int) -> int:
    """Microdollars; prices are dollars for a million tokens."""
    return int(tokens_in * settings.AI_INPUT_PRICE + tokens_out * settings.AI_OUTPUT_PRICE)
