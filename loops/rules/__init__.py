"""Pure rules of the loops, without a clock and without a database."""

from loops.rules.copy_params import copy_overrides, fill_placeholders
from loops.rules.credit import ATTRIBUTION_WINDOW, MODELS, WHOLE_BASIS_POINTS, credit
from loops.rules.economy import (
    EXPIRY_GRACE,
    OVERALL,
    POINTS_PER_ACTION,
    REWARDS,
    SHOP,
    PointsForAction,
    Reward,
    amounts_from_lots,
    goes_to_parent,
    practices_to,
)
from loops.rules.robots import is_robot
from loops.rules.scoring import (
    CHANNELS,
    CODE_ALPHABET,
    CODE_LENGTH,
    FVM_WINDOW,
    K_LOOKBACK,
    PRIOR_REFERRERS,
    PROMPTS_PER_DAY,
    engagement,
    learned_k,
    loop_score,
)
from loops.rules.shields import SHARE_TO_BEAT, earns_shields, prize, reward_per_side, rewards_won

__all__ = [
    "ATTRIBUTION_WINDOW",
    "CHANNELS",
    "CODE_ALPHABET",
    "CODE_LENGTH",
    "EXPIRY_GRACE",
    "FVM_WINDOW",
    "K_LOOKBACK",
    "MODELS",
    "OVERALL",
    "POINTS_PER_ACTION",
    "PRIOR_REFERRERS",
    "PROMPTS_PER_DAY",
    "REWARDS",
    "SHARE_TO_BEAT",
    "SHOP",
    "WHOLE_BASIS_POINTS",
    "PointsForAction",
    "Reward",
    "amounts_from_lots",
    "copy_overrides",
    "credit",
    "earns_shields",
    "engagement",
    "fill_placeholders",
    "goes_to_parent",
    "is_robot",
    "learned_k",
    "loop_score",
    "practices_to",
    "prize",
    "reward_per_side",
    "rewards_won",
]
