"""Call the AI provider within a daily budget and a timeout, for an answer of a known shape."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db.models import F

from loops.models import DailyAiSpend
from viral_engine.kernel.clock import today
from viral_engine.kernel.outbound.gate import check_request

if TYPE_CHECKING:
    from anthropic.types import Usage

logger = logging.getLogger("ai")
T = TypeVar("T")
MAX_TOKENS = 1024
CHARACTERS_PER_TOKEN = 3  # an underestimate, so that the reserved amount is always enough


class AiUnavailable(Exception):
    """The provider gave no usable answer; `reason` is no_key | budget | failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_configured() -> bool:
    return bool(settings.ANTHROPIC_API_KEY)


def ask_model(*, instructions: str, question: str, shape: type[T], at: datetime) -> T:
    """Return the model's answer as `shape`, a dataclass. It takes seconds: never call it from a request.

    The maximum cost is reserved from the day's budget first; the unused part is returned afterwards.

    Raises  AiUnavailable without a key or budget, after AI_TIMEOUT_S, and for an answer of another shape.
    """
    if not is_configured():
        raise AiUnavailable("no_key")
    reserve = _cost(len(instructions + question) // CHARACTERS_PER_TOKEN + 500, MAX_TOKENS)
    budget = int(settings.AI_DAILY_BUDGET * 1_000_000)
    if not _reserve_budget(reserve, budget, at):
        raise AiUnavailable("budget")
    spent = reserve  # a call without an answer may still be billed
    try:
        answer, usage = _request(instructions, question, shape)
        spent = min(reserve, _cost(usage.input_tokens, usage.output_tokens))
    finally:
        DailyAiSpend.objects.filter(on=today(at)).update(spent_microdollars=F("spent_microdollars") - (reserve - spent))
    logger.info("asked %s: %s tokens in, %s out", settings.AI_MODEL, usage.input_tokens, usage.output_tokens)
    return answer


def _reserve_budget(microdollars: int, budget: int, at: datetime) -> bool:
    """Reserve the amount if it fits into the day's budget; 1 statement, 3 on the first call of a day."""
    day = DailyAiSpend.objects.filter(on=today(at), spent_microdollars__lte=budget - microdollars)
    reserved = {"spent_microdollars": F("spent_microdollars") + microdollars, "calls": F("calls") + 1}
    if day.update(**reserved):
        return True
    DailyAiSpend.objects.bulk_create([DailyAiSpend(on=today(at))], ignore_conflicts=True)
    return bool(day.update(**reserved))


def _request(instructions: str, question: str, shape: type[T]) -> "tuple[T, Usage]":
    import anthropic  # takes a second to import, so only processes that call it pay
    import pydantic

    client = anthropic.Anthropic(
        api_key=settings.ANTHROPIC_API_KEY,
        base_url=settings.AI_BASE_URL or None,
        timeout=settings.AI_TIMEOUT_S,
        max_retries=1,
        http_client=anthropic.DefaultHttpxClient(event_hooks={"request": [check_request]}),
    )
    try:
        with client:
            reply = client.messages.parse(
                model=settings.AI_MODEL,
                max_tokens=MAX_TOKENS,
                system=instructions,
                messages=[{"role": "user", "content": question}],
                output_format=shape,
            )
    # AttributeError: the library treats a response that is not JSON as text, then reads fields of it.
    except (anthropic.AnthropicError, pydantic.ValidationError, ValueError, AttributeError) as error:
        logger.warning("the AI provider failed: %s", type(error).__name__)
        raise AiUnavailable("failed") from error
    if reply.parsed_output is None:
        raise AiUnavailable("failed")
    return reply.parsed_output, reply.usage


def _cost(tokens_in: int, tokens_out: int) -> int:
    """Return the cost in microdollars; prices are dollars per million tokens."""
    return int(tokens_in * settings.AI_INPUT_PRICE + tokens_out * settings.AI_OUTPUT_PRICE)
