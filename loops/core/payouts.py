"""The only payout path of loops: once per key, within the day's caps, with one decision that records the payout."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from loops import rules
from loops.core.attribution import self_referral_reason
from loops.core.base import EarnedReward, Stage
from loops.core.referees import first_value_of, waits_for_a_parent
from loops.core.registry import loop_of
from loops.core.rewards.grants import grant_up_to, is_granted
from loops.events import SignupAttributed
from loops.models import Link
from viral_engine.accounts.events import AccountCreated, ConsentGiven, GuestMerged
from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import INCENTIVES
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions
from viral_engine.learning.events import FvmReached

AGENT = INCENTIVES.key
PAID = "What was promised was paid."


def pay_sign_up(event: SignupAttributed, at: datetime) -> None:
    """Pay the link's loop rewards for a sign-up. A durable listener."""
    referee = User.objects.get(pk=event.user_id)
    _pay_stage(Link.objects.all().with_details(event.loop).get(code=event.link_code), referee, Stage.SIGN_UP, at)


def pay_first_value(event: FvmReached, at: datetime) -> None:
    """Pay for a member who reached first value through a link. A durable listener."""
    _pay_first_value(event.user_id, at)


def pay_known_guest(event: AccountCreated | GuestMerged, at: datetime) -> None:
    """Pay for the first value that a guest reached before their account was known. A durable listener."""
    _pay_first_value(event.user_id, at)


def pay_after_consent(event: ConsentGiven, at: datetime) -> None:
    """Pay for a child's sign-up and first value, which waited for a parent. A durable listener."""
    link = Link.objects.all().first_with_details(referrals__referee=event.child_id)
    if link is not None:
        _pay_stage(link, User.objects.get(pk=event.child_id), Stage.SIGN_UP, at)
    _pay_first_value(event.child_id, at)


def _pay_first_value(user_id: int, at: datetime) -> None:
    referee = User.objects.get(pk=user_id)
    first_value = first_value_of(referee)
    if first_value is None:
        return
    link = Link.objects.all().first_with_details(code=first_value.link_code)
    if link is not None and first_value.at <= link.created_at + rules.ATTRIBUTION_WINDOW:
        _pay_stage(link, referee, Stage.FIRST_VALUE, at)


def _pay_stage(link: Link, referee: User, stage: Stage, at: datetime) -> None:
    """Pay the rewards of the stage once; for a child they wait for a parent."""
    rewards = loop_of(link).rewards_for(link, referee, stage)
    key = f"{link.loop_id}:{referee.pk}:{stage}"
    if not rewards or waits_for_a_parent(referee, at) or is_granted(ledger_key(key, one.part) for one in rewards):
        return
    reason = self_referral_reason(referrer=link.referrer, referee=referee)
    pay_rewards(link=link, referee=referee, rewards=rewards, key=key, refused_for=reason, at=at)


def ledger_key(key: str, part: str) -> str:
    """The ledger's key of one side's reward."""
    return f"{key}:{part}"


def pay_rewards(
    *,
    link: Link,
    referee: User,
    rewards: Sequence[EarnedReward],
    key: str,
    refused_for: str | None,
    at: datetime,
    rationale: str = PAID,
    features: Mapping[str, object] | None = None,
    held_for: str = "",
) -> int:
    """Grant each reward once per key, as far as the day's caps allow; returns how many people got a reward.

    With a reason to refuse, nobody is paid. One decision records the payout, or the reason for none.

    Cost  as `grant_up_to` for each reward, and 1.
    """
    granted = {}
    if refused_for is None:
        for reward in rewards:
            granted[reward.part] = grant_up_to(
                user=reward.user,
                kind=reward.kind,
                amount=reward.amount,
                reason=link.loop.title,
                key=ledger_key(key, reward.part),
                loop=link.loop_id,
                at=at,
                held_for=held_for,
            )
    capped = [f"daily_cap_of_{reward.part}" for reward in rewards if granted.get(reward.part, 0) < reward.amount]
    known = {"link": link.code, "inviter_id": link.referrer_id, "key": key, "granted": granted}
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=referee.pk,
            type=link.loop_id,
            outcome="refused" if refused_for else "rewarded",
            rationale=refused_for or ", ".join(capped) or rationale,
            features=known | dict(features or {}),
            decided_at=at,
        )
    )
    return sum(1 for amount in granted.values() if amount)
