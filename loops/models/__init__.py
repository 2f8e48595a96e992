"""Tables that loops share. Tables of one loop are in its folder and loaded from there."""

from loops.installed import parts
from loops.models.economy import ActionPoints, AttributionWindow, RewardTerms, DailySpend, SpendLimit
from loops.models.growth_email import GrowthEmail, Suppression
from loops.models.link import Link, Touch
from loops.models.loop import Loop, Prompt
from loops.models.referral import Credit, Referral
from loops.models.reward import DailyRewardTotal, RewardEntry
from loops.models.shop import Purchase, ShopItem
from loops.models.generated_copy import DailyAiSpend, GeneratedCopy

__all__ = [
    "ActionPoints",
    "DailyAiSpend",
    "AttributionWindow",
    "Credit",
    "GrowthEmail",
    "Link",
    "Loop",
    "Prompt",
    "Purchase",
    "Referral",
    "DailyRewardTotal",
    "RewardEntry",
    "RewardTerms",
    "ShopItem",
    "DailySpend",
    "SpendLimit",
    "Suppression",
    "Touch",
    "GeneratedCopy",
]

parts("models")
