"""Call the AI provider within a daily budget and a timeout, for an answer of a known shape."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db.models import F

from loops.models import DailyAiSpend
from viral_engine.kernel.clock import today
from viral_engine.kernel.outbound.gate import check_request_later

if TYPE_CHECKING:
    from anthropic.types import ParsedMessage, Usage

logger = logging.getLogger("ai")
T = TypeVar("T")
MAX_TOKENS = 1024
BYTES_PER_TOKEN = 2  # an underestimate in every alphabet, so that the reserved amount is always enough
CONNECT_S, READ_S = 3.0, 30.0  # parts of AI_TIMEOUT_S
RETRIED_STATUS, SERVER_ERROR = frozenset({408, 409, 429}), 500


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call: a fixed task in `instructions`, and the data it is about in `text`. No tools, no earlier messages."""

    instructions: str
    text: str
    max_tokens: int
    retries: int


class AiUnavailable(Exception):
    """The provider gave no usable answer; `reason` is no_key | budget | failed.

    `is_temporary` tells an outage, which may be over later, from an answer that cannot be used. `wait_s` is the delay
    that the provider asked for.
    """

    def __init__(self, reason: str, *, is_temporary: bool = False, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_temporary = is_temporary
        self.wait_s = wait_s


def is_configured() -> bool:
    return bool(settings.ANTHROPIC_API_KEY)


def ask_model(
    *, instructions: str, question: str, shape: type[T], at: datetime, max_tokens: int = MAX_TOKENS, retries: int = 1
) -> T:
    """Return the model's answer as `shape`, a dataclass or pydantic model. It takes seconds: not for requests.

    The maximum cost is reserved from the day's budget first; the unused part is returned afterwards. `retries` is the
    number of times an outage is tried again at once.

    Raises  AiUnavailable without a key or budget, after AI_TIMEOUT_S, and for an answer of another shape.
    """
    if not is_configured():
        raise AiUnavailable("no_key")
    reserve = _cost(len((instructions + question).encode()) // BYTES_PER_TOKEN + 500, max_tokens)
    budget = int(settings.AI_DAILY_BUDGET * 1_000_000)
    if not _reserve_budget(reserve, budget, at):
        raise AiUnavailable("budget")
    spent = reserve  # a call without an answer may still be billed
    try:
        answer, usage = _request(ModelCall(instructions, question, max_tokens, retries), shape)
        spent = min(reserve, _cost(usage.input_tokens, usage.output_tokens))
    finally:
        DailyAiSpend.objects.filter(on=today(at)).update(spent_microdollars=F("spent_microdollars") - (reserve - spent))
    logger.info("asked %s: %s tokens in, %s out", settings.AI_MODEL, usage.input_tokens, usage.output_tokens)
    return answer


def budget_used(at: datetime) -> float:
    """The share of the day's budget that is spent or reserved. 1 query, none without a key."""
    if not is_configured() or settings.AI_DAILY_BUDGET <= 0:
        return 0.0
    spent = DailyAiSpend.objects.filter(on=today(at)).values_list("spent_microdollars", flat=True).first()
    return float((spent or 0) / (settings.AI_DAILY_BUDGET * 1_000_000))


def _reserve_budget(microdollars: int, budget: int, at: datetime) -> bool:
    """Reserve the amount if it fits into the day's budget; 1 statement, 3 on the first call of a day."""
    day = DailyAiSpend.objects.filter(on=today(at), spent_microdollars__lte=budget - microdollars)
    reserved = {"spent_microdollars": F("spent_microdollars") + microdollars, "calls": F("calls") + 1}
    if day.update(**reserved):
        return True
    DailyAiSpend.objects.bulk_create([DailyAiSpend(on=today(at))], ignore_conflicts=True)
    return bool(day.update(**reserved))


def _request(question: ModelCall, shape: type[T]) -> "tuple[T, Usage]":
    """The answer within AI_TIMEOUT_S altogether, however slowly the bytes drip. Raises  AiUnavailable."""
    import anthropic  # takes a second to import, so only processes that call it pay

    try:
        reply = asyncio.run(asyncio.wait_for(_ask(question, shape), settings.AI_TIMEOUT_S))
    except TimeoutError as error:
        raise _failed(error, is_temporary=True) from error
    except anthropic.APIStatusError as error:
        is_temporary = error.status_code in RETRIED_STATUS or error.status_code >= SERVER_ERROR
        raise _failed(error, is_temporary=is_temporary, wait_s=_wait_of(error.response.headers)) from error
    except anthropic.APIConnectionError as error:
        raise _failed(error, is_temporary=True) from error
    # AttributeError: the library treats a response that is not JSON as text, then reads fields of it. A validation
    # error of pydantic is a ValueError.
    except (anthropic.AnthropicError, ValueError, AttributeError, TypeError) as error:
        raise _failed(error) from error
    if reply.parsed_output is None:
        raise AiUnavailable("failed")
    return reply.parsed_output, reply.usage


async def _ask(question: ModelCall, shape: type[T]) -> "ParsedMessage[T]":
    import anthropic

    total_s = settings.AI_TIMEOUT_S
    client = anthropic.AsyncAnthropic(
        api_key=settings.ANTHROPIC_API_KEY,
        base_url=settings.AI_BASE_URL or None,
        timeout=anthropic.Timeout(total_s, connect=min(total_s, CONNECT_S), read=min(total_s, READ_S)),
        max_retries=question.retries,
        http_client=anthropic.DefaultAsyncHttpxClient(event_hooks={"request": [check_request_later]}),
    )
    async with client:
        return await client.messages.parse(
            model=settings.AI_MODEL,
            max_tokens=question.max_tokens,
            system=question.instructions,
            messages=[{"role": "user", "content": question.text}],
            output_format=shape,
        )


def _failed(error: Exception, *, is_temporary: bool = False, wait_s: float | None = None) -> AiUnavailable:
    logger.warning("the AI provider failed: %s", type(error).__name__)
    return AiUnavailable("failed", is_temporary=is_temporary, wait_s=wait_s)


def _wait_of(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, an hour at most; None without it, or for a date."""
    try:
        return min(float(headers.get("retry-after", "")), 3600.0)
    except ValueError:
        return None


def _cost(tokens_in: int, tokens_out: int) -> int:
    """Return the cost in microdollars; prices are dollars per million tokens."""
    return int(tokens_in * settings.AI_INPUT_PRICE + tokens_out * settings.AI_OUTPUT_PRICE)
