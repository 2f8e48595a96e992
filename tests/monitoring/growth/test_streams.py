"""Decisions and rewards in random pieces: counts equal those of the whole logs, also while people are excluded."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from random import Random

import pytest

from loops.core.rewards.grants import grant_reward
from loops.core.rewards.holds import revoke_reward
from loops.models import RewardEntry
from monitoring.growth.services import corrections, rebuild, rollup
from tests.monitoring.growth.factories import member
from tests.monitoring.growth.oracle import amount, counted
from viral_engine.accounts.models import User
from viral_engine.kernel.models import Decision

pytestmark = pytest.mark.django_db
AGENTS = ("orchestrator", "trust_safety", "incentives")


def decide(dice: Random, who: User, at: datetime) -> None:
    Decision.objects.create(
        agent=dice.choice(AGENTS),
        actor_id=who.pk,
        type="test",
        outcome=dice.choice(("allow", "refuse", "block")),
        rationale=dice.choice(("daily_cap", "self_referral")),
        is_degraded=dice.random() < 0.2,
        latency_ms=dice.expovariate(0.1),
        decided_at=at,
    )


def pay(dice: Random, who: User, at: datetime, key: str) -> None:
    loop = dice.choice(("", "buddy_challenge"))
    grant_reward(user=who, kind="ai_tutor_minutes", amount=dice.randrange(1, 9), reason="x", key=key, loop=loop, at=at)
    if dice.random() < 0.3:
        revoke_reward(key=key, reason="x", at=at + timedelta(minutes=1))


def count_some(dice: Random, at: datetime) -> None:
    rollup.count_decisions(at=at, limit=dice.randrange(1, 9))
    rollup.count_rewards(at=at, limit=dice.randrange(1, 5))


@pytest.mark.parametrize("seed", range(4))
def test_random_pieces_equal_a_recount(at: datetime, seed: int) -> None:
    dice, keys = Random(seed), count()
    people = [member(name, at - timedelta(days=9)) for name in ("Ada", "Bo", "Cy")]
    for _ in range(80):
        who, when = dice.choice(people), at + timedelta(hours=dice.randrange(200))
        if dice.random() < 0.5:
            decide(dice, who, when)
        elif dice.random() < 0.5:
            pay(dice, who, when, f"k{next(keys)}")
        else:
            count_some(dice, at)
    User.objects.filter(pk=people[0].pk).update(is_simulated=True)
    corrections.exclude_people(at=at)
    while rollup.count_decisions(at=at) + rollup.count_rewards(at=at):
        continue
    compare_with_the_logs(people[0].pk)
    found = counted()
    rebuild.rebuild(at=at)
    kinds = {"agent_decided", "agent_degraded", "agent_latency", "refused"}
    ledger = {"reward_units", "reward_taken_back", "reward_lines", "reward_cents"}
    again = {key: total for key, total in counted().items() if key[0] in kinds | ledger}
    assert again == found


def compare_with_the_logs(excluded: int) -> None:
    real = Decision.objects.exclude(actor_id=excluded)
    decided = Counter(real.values_list("agent", flat=True))
    assert {agent: amount("agent_decided", part=agent) for agent in decided} == decided
    assert amount("refused") == real.filter(outcome__in=("refuse", "block")).count() > 0
    grants = RewardEntry.objects.filter(cause="grant").exclude(user=excluded)
    assert amount("reward_lines") == grants.count() > 0
    assert amount("reward_units") == sum(grants.values_list("amount", flat=True))
    reversals = RewardEntry.objects.filter(cause="reversal").exclude(user=excluded)
    assert amount("reward_taken_back") == -sum(reversals.values_list("amount", flat=True)) > 0
