from loops.services.arms import expose
from loops.services.attribution import attribute_sign_up
from loops.services.links import create_link, darken_links, find_link, record_touch, token_for
from loops.services.prompts import dismiss_prompt, offer_prompt, record_share, show_prompt
from loops.services.rewards import (
    DailyCapReached,
    GrantRefused,
    NotEnough,
    SpendLimitReached,
    calculate_reward,
    expire_rewards,
    grant_reward,
    hold_reward,
    redeem_reward,
    release_reward,
    revoke_reward,
)
from loops.services.shop import PurchaseRefused, buy_item, wear_theme

__all__ = [
    "DailyCapReached",
    "GrantRefused",
    "NotEnough",
    "PurchaseRefused",
    "SpendLimitReached",
    "attribute_sign_up",
    "buy_item",
    "calculate_reward",
    "create_link",
    "darken_links",
    "dismiss_prompt",
    "expire_rewards",
    "expose",
    "find_link",
    "grant_reward",
    "hold_reward",
    "offer_prompt",
    "record_share",
    "record_touch",
    "redeem_reward",
    "release_reward",
    "revoke_reward",
    "show_prompt",
    "token_for",
    "wear_theme",
]
