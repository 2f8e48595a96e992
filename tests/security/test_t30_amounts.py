"""Threat 30: an amount that is negative, huge, not a number, or the client's own."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, transaction

from loops.core.rewards.grants import GrantRefused, grant_reward
from loops.core.rewards.redemptions import redeem_reward
from loops.models import Purchase, RewardEntry, ShopItem
from tests.api.programs import Program, practiced
from tests.factories import browser, person
from tests.loops.shop_rows import stock
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Result, Skill

pytestmark = pytest.mark.django_db
IMPOSSIBLE = [0, -1, -500, -(2**31), 2**31, 2**63, 10**30]
REFUSALS = (GrantRefused, ValueError, IntegrityError, OverflowError, DataError)


def balance(kind: str) -> int:
    return sum(RewardEntry.objects.filter(kind=kind).values_list("amount", flat=True))


@pytest.mark.parametrize("amount", IMPOSSIBLE)
def test_t30_no_impossible_amount_is_granted_or_spent(amount: int) -> None:
    ada, at = person("Ada"), now()
    grant_reward(user=ada, kind="points", amount=100, reason="x", key="first", at=at)
    with pytest.raises(REFUSALS), transaction.atomic():
        grant_reward(user=ada, kind="points", amount=amount, reason="x", key="g", at=at)
    with pytest.raises(Exception, match=r".*"), transaction.atomic():
        redeem_reward(user=ada, kind="points", amount=amount, reason="x", key="r", at=at)
    assert (balance("points"), RewardEntry.objects.count()) == (100, 1)


@pytest.mark.parametrize("price", ["0", "-300", "1", "1e3", "NaN", "٣٠٠", "9" * 400, ""])
def test_t30_the_price_is_the_servers(catalogue: None, price: str) -> None:
    stock()
    ada = person("Ada")
    grant_reward(user=ada, kind="points", amount=500, reason="x", key="first", at=now())
    forged = {"price": price, "key": str(uuid4()), "amount": "-5", "points": "1", "item": "ai-minutes"}
    assert browser(ada).post("/rewards/shop/shield/", forged).status_code == 302
    bought = Purchase.objects.first()
    real = ShopItem.objects.get(slug="shield").price
    assert balance("points") == (500 if bought is None else 500 - real)
    assert bought is None or price == "٣٠٠"  # digits of another script are the same number


@pytest.mark.parametrize(
    "wrong",
    [
        {"correct": -1},
        {"correct": 6},
        {"total": 10**12, "correct": 10**12},
        {"total": 0, "correct": 0},
        {"duration_s": -5},
        {"duration_s": 10**15},
        {"duration_s": "90; --"},
        {"correct": 4.5},
    ],
)
def test_t30_another_program_sends_no_impossible_result(algebra: Skill, wrong: dict[str, Any]) -> None:
    program = Program()
    program.brings(person("Ada"))
    answer = program.send(practiced(**wrong))
    assert answer.status_code in {207, 422}
    assert Result.objects.count() == 0
