"""Tables that loops share. Tables of one loop are in its folder and loaded from there."""

from loops.installed import parts
from loops.models.economy import ActionWorth, AttributionWindow, RewardTerms, SpendDay, SpendLimit
from loops.models.letter import Letter, Suppression
from loops.models.link import Link, Touch
from loops.models.loop import Loop, Prompt
from loops.models.referral import Credit, Referral
from loops.models.reward import RewardDay, RewardEntry
from loops.models.shop import Purchase, ShopItem
from loops.models.written import AiDay, WrittenCopy

__all__ = [
    "ActionWorth",
    "AiDay",
    "AttributionWindow",
    "Credit",
    "Letter",
    "Link",
    "Loop",
    "Prompt",
    "Purchase",
    "Referral",
    "RewardDay",
    "RewardEntry",
    "RewardTerms",
    "ShopItem",
    "SpendDay",
    "SpendLimit",
    "Suppression",
    "Touch",
    "WrittenCopy",
]

parts("models")
