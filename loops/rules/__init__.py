"""Pure rules of the loops, without a clock and without a database."""

from loops.rules.copy_params import filled, words_from
from loops.rules.credit import ATTRIBUTION_WINDOW, MODELS, WHOLE, credit
from loops.rules.economy import (
    EXPIRY_GRACE,
    OVERALL,
    REWARDS,
    SHOP,
    WORTH,
    Reward,
    Worth,
    goes_to_parent,
    rounds_to,
    taken,
)
from loops.rules.robots import is_robot
from loops.rules.scoring import (
    CHANNELS,
    CODE_ALPHABET,
    CODE_LENGTH,
    FVM_WINDOW,
    K_LEARNED_FROM,
    PRIOR_INVITERS,
    PROMPTS_PER_DAY,
    engagement,
    learned_k,
    loop_score,
)
from loops.rules.shields import BEATEN_SHARE, earns_shields, shields_from, shields_won

__all__ = [
    "ATTRIBUTION_WINDOW",
    "BEATEN_SHARE",
    "CHANNELS",
    "CODE_ALPHABET",
    "CODE_LENGTH",
    "EXPIRY_GRACE",
    "FVM_WINDOW",
    "K_LEARNED_FROM",
    "MODELS",
    "OVERALL",
    "PRIOR_INVITERS",
    "PROMPTS_PER_DAY",
    "REWARDS",
    "SHOP",
    "WHOLE",
    "WORTH",
    "Reward",
    "Worth",
    "credit",
    "earns_shields",
    "engagement",
    "filled",
    "goes_to_parent",
    "is_robot",
    "learned_k",
    "loop_score",
    "rounds_to",
    "shields_from",
    "shields_won",
    "taken",
    "words_from",
]
