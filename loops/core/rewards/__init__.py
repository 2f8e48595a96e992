"""The only writers of the reward ledger. Repeating a grant, redemption or reversal under its key changes nothing."""

from loops.core.rewards.action_points import (
    calculate_reward,
    earn_points,
    reward_badge,
    reward_challenge_win,
    reward_claimed_attempts,
    reward_practice,
)
from loops.core.rewards.expiry import expire_rewards
from loops.core.rewards.grants import (
    DailyCapReached,
    GrantRefused,
    NoParentYet,
    SpendLimitReached,
    grant_reward,
    grant_up_to,
    is_granted,
    record_refusal,
    write_grant,
)
from loops.core.rewards.holds import hold_reward, release_reward, revoke_reward
from loops.core.rewards.redemptions import InsufficientBalance, redeem_reward

__all__ = [
    "DailyCapReached",
    "GrantRefused",
    "InsufficientBalance",
    "NoParentYet",
    "SpendLimitReached",
    "calculate_reward",
    "earn_points",
    "expire_rewards",
    "grant_reward",
    "grant_up_to",
    "hold_reward",
    "is_granted",
    "record_refusal",
    "redeem_reward",
    "release_reward",
    "revoke_reward",
    "reward_badge",
    "reward_challenge_win",
    "reward_claimed_attempts",
    "reward_practice",
    "write_grant",
]
