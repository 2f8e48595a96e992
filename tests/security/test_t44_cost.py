"""Threat 44: an attacker makes the site spend. A hundred calls at once stay within the budget of the day."""

from dataclasses import dataclass

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from loops.core import ai
from loops.core.ai import AiUnavailable, ask_model
from loops.models import DailyAiSpend
from tests.ai_provider import messages, provided, reply
from tests.concurrency import at_once
from viral_engine.kernel.clock import now, today

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Short:
    word: str


def test_a_hundred_parallel_calls_at_a_budget_for_ten_never_pass_it(settings: Settings) -> None:
    reserve = ai._cost(len("xy") // ai.BYTES_PER_TOKEN + 500, 1024)
    settings.AI_DAILY_BUDGET = 10 * reserve / 1_000_000
    at = now()
    DailyAiSpend.objects.create(on=today(at))

    def ask(_: int) -> str:
        while True:
            try:
                return ask_model(instructions="x", question="y", shape=Short, at=at, retries=0).word
            except AiUnavailable as lack:
                return lack.reason
            except OperationalError:  # a hundred threads share the pool's connections: this one waits once more
                connection.close()

    with messages(reply("no JSON")) as provider:  # an answer that fails is charged in full
        provided(settings, provider)
        settings.AI_TIMEOUT_S = 60.0
        answers = at_once(100 if connection.vendor == "postgresql" else 40, ask)
    assert answers["failed"] == 10
    assert answers["budget"] == sum(answers.values()) - 10
    assert len(provider.bodies) == 10
    spent = DailyAiSpend.objects.get()
    assert spent.spent_microdollars == 10 * reserve
    assert spent.calls == 10


def test_what_was_not_used_is_given_back(settings: Settings) -> None:
    with messages(reply('{"word": "half"}')) as provider:
        provided(settings, provider)
        assert ask_model(instructions="x", question="y", shape=Short, at=now()).word == "half"
    assert DailyAiSpend.objects.get().spent_microdollars == 400 * 1 + 100 * 5


def test_a_text_in_any_alphabet_reserves_enough() -> None:
    for text in ("a" * 3000, "中" * 1000, "😀" * 750):
        assert len(text.encode()) // ai.BYTES_PER_TOKEN >= 1500
