"""Compare the ledger with a simple model, for operations in any order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from loops.core.rewards.expiry import expire_rewards
from loops.core.rewards.grants import DailyCapReached, grant_reward
from loops.core.rewards.holds import hold_reward, release_reward, restore_reward, revoke_reward
from loops.core.rewards.redemptions import InsufficientBalance, redeem_reward
from loops.models import RewardEntry
from tests.factories import person

pytestmark = pytest.mark.django_db
LIVES = {"ai_tutor_minutes": timedelta(days=30), "points": None}
CAPS = {"ai_tutor_minutes": 60, "points": 500}
KINDS = st.sampled_from(sorted(LIVES))


@dataclass
class Jar:
    """One grant: its amount, the unspent part and its expiry."""

    key: str
    kind: str
    size: int
    inside: int
    bad_at: datetime | None
    held_at: datetime | None = None
    spoiled: int = 0
    is_revoked: bool = False
    born_at: datetime | None = None
    revoked_at: datetime | None = None
    taken: int = 0  # by the reversal in force
    debt: int = 0  # what of it is not paid back

    def is_good(self, now: datetime) -> bool:
        return self.held_at is None and (self.bad_at is None or now < self.bad_at)


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.ada = person("Ada")
        self.now = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
        self.jars: list[Jar] = []
        self.revoked: list[Jar] = []  # in the order in which debts are paid
        self.today: dict[tuple[str, object], int] = {}
        self.uses: list[tuple[str, str, int]] = []

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    # -- the model -------------------------------------------------------------------------------
    def good(self, kind: str) -> list[Jar]:
        return [jar for jar in self.jars if jar.kind == kind and jar.is_good(self.now)]

    def debt(self, kind: str) -> int:
        return sum(jar.debt for jar in self.revoked if jar.kind == kind)

    def balance(self, kind: str) -> int:
        return sum(jar.inside for jar in self.good(kind)) - self.debt(kind)

    def pour(self, kind: str, amount: int) -> int:
        poured = 0
        for jar in self.good(kind):
            part = min(jar.inside, amount - poured)
            jar.inside -= part
            poured += part
        return poured

    def pay_debts(self, kind: str) -> None:
        paid = self.pour(kind, self.debt(kind))
        for jar in self.revoked:
            if jar.kind == kind:
                part = min(jar.debt, paid)
                jar.debt, paid = jar.debt - part, paid - part

    # -- operations ------------------------------------------------------------------------------
    @rule(kind=KINDS, amount=st.integers(1, 80), is_held=st.booleans())
    def grant(self, kind: str, amount: int, is_held: bool) -> None:
        key, life, day = f"g{len(self.jars)}-{self.now}", LIVES[kind], (kind, self.now.date())
        fits = self.today.get(day, 0) + amount <= CAPS[kind]
        if not fits:
            with pytest.raises(DailyCapReached):
                self.call_grant(kind, amount, key, is_held=is_held)
            return
        self.call_grant(kind, amount, key, is_held=is_held)
        self.today[day] = self.today.get(day, 0) + amount
        held_at = self.now if is_held else None
        bad_at = self.now + life if life else None
        self.jars.append(Jar(key, kind, amount, amount, bad_at, held_at, born_at=self.now))
        self.pay_debts(kind)

    def call_grant(self, kind: str, amount: int, key: str, *, is_held: bool = False) -> None:
        why = "review" if is_held else ""
        grant_reward(user=self.ada, kind=kind, amount=amount, reason="x", key=key, at=self.now, held_for=why)

    @rule(data=st.data())
    def grant_again(self, data: st.DataObject) -> None:
        if self.jars:
            jar = data.draw(st.sampled_from(self.jars))
            self.call_grant(jar.kind, jar.size, jar.key)

    @rule(kind=KINDS, amount=st.integers(-2, 120))
    def redeem(self, kind: str, amount: int) -> None:
        key = f"u{len(self.uses)}-{kind}"
        if amount < 1:
            with pytest.raises(ValueError, match="a redemption of"):
                self.call_redeem(kind, amount, key)
        elif amount > self.balance(kind):
            with pytest.raises(InsufficientBalance):
                self.call_redeem(kind, amount, key)
        else:
            self.call_redeem(kind, amount, key)
            self.uses.append((kind, key, amount))
            assert self.pour(kind, amount) == amount

    def call_redeem(self, kind: str, amount: int, key: str) -> None:
        redeem_reward(user=self.ada, kind=kind, amount=amount, reason="x", key=key, at=self.now)

    @rule(data=st.data())
    def redeem_again(self, data: st.DataObject) -> None:
        if self.uses:
            kind, key, amount = data.draw(st.sampled_from(self.uses))
            self.call_redeem(kind, amount, key)

    @rule(hours=st.integers(1, 24 * 20))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        expire_rewards(at=self.now)
        for jar in self.jars:
            if jar.held_at is None and jar.bad_at is not None and jar.bad_at <= self.now - timedelta(hours=1):
                jar.spoiled += jar.inside
                jar.inside = 0

    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        if self.jars:
            jar = data.draw(st.sampled_from(self.jars))
            can = jar.is_good(self.now) and jar.inside > 0
            assert hold_reward(key=jar.key, why="review", at=self.now) is can
            jar.held_at = self.now if can else jar.held_at

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.jars:
            jar = data.draw(st.sampled_from(self.jars))
            assert release_reward(key=jar.key, at=self.now) is (jar.held_at is not None)
            if jar.held_at is not None:
                jar.bad_at = jar.bad_at and jar.bad_at + (self.now - jar.held_at)
                jar.held_at = None
                self.pay_debts(jar.kind)

    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        if not self.jars:
            return
        jar = data.draw(st.sampled_from(self.jars))
        line = revoke_reward(key=jar.key, reason="undone", at=self.now)
        if jar.is_revoked:
            return
        if jar.held_at is None and not jar.is_good(self.now):
            jar.spoiled += jar.inside
            jar.inside = 0
        taken_back = jar.size - jar.spoiled
        assert (line.amount if line else 0) == -taken_back
        jar.debt, jar.taken, jar.revoked_at = taken_back - jar.inside, taken_back, self.now
        jar.inside, jar.held_at, jar.is_revoked = 0, None, taken_back > 0
        self.revoked.append(jar)
        self.pay_debts(jar.kind)

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        if not self.jars:
            return
        jar = data.draw(st.sampled_from(self.jars))
        assert restore_reward(key=jar.key, at=self.now) is jar.is_revoked
        if not jar.is_revoked:
            return
        if jar.bad_at and jar.revoked_at and jar.born_at:
            left = jar.bad_at - jar.revoked_at
            jar.bad_at = self.now + (left if left > timedelta(0) else jar.bad_at - jar.born_at)
        jar.inside, jar.debt, jar.is_revoked = jar.taken - jar.debt, 0, False
        self.revoked = [one for one in self.revoked if one is not jar]
        self.pay_debts(jar.kind)

    # -- invariants ----------------------------------------------------------------------------
    @invariant()
    def balances_are_the_models(self) -> None:
        entries = RewardEntry.objects.all()
        holdings, held = entries.holdings(self.ada.pk, self.now), entries.held(self.ada.pk)
        for kind in LIVES:
            assert holdings.get(kind, 0) == self.balance(kind)
            assert held.get(kind, 0) == sum(jar.inside for jar in self.jars if jar.kind == kind and jar.held_at)
            assert self.balance(kind) >= -self.debt(kind)
            if not any(jar.held_at for jar in self.jars):
                assert entries.balance_at(self.ada.pk, kind, self.now) == self.balance(kind)

    @invariant()
    def lines_sum_to_what_is_left(self) -> None:
        for kind in LIVES:
            sums = RewardEntry.objects.filter(kind=kind).aggregate(
                lines=Sum("amount", default=0), left=Sum("left", default=0)
            )
            assert sums["lines"] == sums["left"]
            assert sums["left"] == sum(jar.inside for jar in self.jars if jar.kind == kind) - self.debt(kind)


def test_the_ledger_stays_balanced_in_any_order_of_operations() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=50 if connection.vendor == "sqlite" else 15,  # a step costs ten times as much there
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
