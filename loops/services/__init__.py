from loops.services.attribution import attribute_sign_up
from loops.services.links import create_link, darken_links, find_link, record_touch, token_for
from loops.services.prompts import dismiss_prompt, offer_prompt, record_share, show_prompt
from loops.services.rewards import DailyCapReached, NotEnough, grant_reward, redeem_reward

__all__ = [
    "DailyCapReached",
    "NotEnough",
    "attribute_sign_up",
    "create_link",
    "darken_links",
    "dismiss_prompt",
    "find_link",
    "grant_reward",
    "offer_prompt",
    "record_share",
    "record_touch",
    "redeem_reward",
    "show_prompt",
    "token_for",
]
