"""Tools of Incentives & Economy: worth, balance, grant, redemption, reversal."""

from typing import Annotated

from pydantic import Field

from loops.core.rewards import action_points, redemptions
from loops.core.rewards import grants as ledger
from loops.core.rewards.holds import revoke_reward as revoke
from loops.models import RewardEntry
from loops.rules.economy import REWARDS
from viral_engine.api.models import ApiProgram
from viral_engine.api.problems import Refusal
from viral_engine.api.routes.facts import reward_reply
from viral_engine.api.schemas.base import Reply
from viral_engine.api.schemas.reads import RewardReply
from viral_engine.kernel.agent_registry import INCENTIVES
from viral_engine.mcp_server.calls import current_call
from viral_engine.mcp_server.tools import OnceKey, Person, Reason, agent_tool, one_of

RewardKind = Annotated[str, one_of(REWARDS)]
Amount = Annotated[int, Field(ge=1, le=10_000)]
Action = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$", description="For example complete_practice.")]


class WorthReply(Reply):
    points: int
    reason: str


class BalanceReply(Reply):
    """Amounts by kind: usable now, and on hold."""

    balances: dict[str, int]
    held: dict[str, int]


class RevokedReply(Reply):
    """The reversal; null where the whole grant had expired."""

    reversal: RewardReply | None


def _key(program: ApiProgram, key: str) -> str:
    return f"mcp:{program.pk}:{key}"


def _reused(error: ValueError) -> Refusal:
    refusal = Refusal(409, "idempotency_key_reused", "Use a new key for a new request.")
    refusal.__cause__ = error
    return refusal


@agent_tool(INCENTIVES, "rewards:read", "calculate a reward")
def calculate_reward(person: Person, action: Action) -> WorthReply:
    """Say how many points an action earns this person, and why."""
    worth = action_points.calculate_reward(action, current_call().person(person))
    return WorthReply(points=worth.points, reason=worth.reason)


@agent_tool(INCENTIVES, "rewards:read", "read a balance")
def get_balance(person: Person) -> BalanceReply:
    """Read what the person can spend now, and what waits for a check."""
    call = current_call()
    user, rows = call.person(person), RewardEntry.objects.all()
    return BalanceReply(balances=rows.holdings(user.pk, call.at), held=rows.held(user.pk))


@agent_tool(INCENTIVES, "rewards:write", "grant a reward", is_read_only=False)
def grant_reward(person: Person, kind: RewardKind, amount: Amount, reason: Reason, key: OnceKey) -> RewardReply:
    """Grant a reward once per key, within the person's daily cap and the site's spend limits."""
    call = current_call()
    user, own_key = call.person(person), _key(call.key.program, key)
    known = RewardEntry.objects.filter(key=own_key).first()
    if known is not None and (known.kind, known.amount) != (kind, amount):
        raise _reused(ValueError(key))
    try:
        entry = ledger.grant_reward(user=user, kind=kind, amount=amount, reason=reason, key=own_key, at=call.at)
    except ledger.GrantRefused as refused:
        raise Refusal(409, "reward_refused", refused.reason) from refused
    except ValueError as error:
        raise _reused(error) from error
    return reward_reply(entry)


@agent_tool(INCENTIVES, "rewards:write", "redeem a reward", is_read_only=False)
def redeem_reward(person: Person, kind: RewardKind, amount: Amount, reason: Reason, key: OnceKey) -> RewardReply:
    """Spend what the person has, oldest grants first, once per key."""
    call = current_call()
    user, own_key = call.person(person), _key(call.key.program, key)
    try:
        entry = redemptions.redeem_reward(user=user, kind=kind, amount=amount, reason=reason, key=own_key, at=call.at)
    except redemptions.InsufficientBalance as lack:
        raise Refusal(409, "reward_refused", "The balance is too low.") from lack
    except ValueError as error:
        raise _reused(error) from error
    return reward_reply(entry)


@agent_tool(INCENTIVES, "rewards:write", "revoke a reward", is_read_only=False)
def revoke_reward(person: Person, key: OnceKey, reason: Reason) -> RevokedReply:
    """Reverse a grant that you made with this key. A part that is spent becomes a debt."""
    call = current_call()
    user, own_key = call.person(person), _key(call.key.program, key)
    if not RewardEntry.objects.filter(key=own_key, user=user, cause=RewardEntry.Cause.GRANT).exists():
        raise Refusal(404, "not_found", "You granted this person nothing with this key.")
    reversal = revoke(key=own_key, reason=reason, at=call.at)
    return RevokedReply(reversal=reward_reply(reversal) if reversal is not None else None)
