"""Tables that loops share. Tables of one loop are in its folder and loaded from there."""

from loops.installed import parts
from loops.models.economy import ActionPoints, AttributionWindow, DailySpend, RewardTerms, SpendLimit
from loops.models.generated_copy import DailyAiSpend, GeneratedCopy
from loops.models.growth_email import GrowthEmail, Suppression
from loops.models.link import Link, Touch
from loops.models.loop import Loop, Prompt, running_loops
from loops.models.payout import DailyReferrerTotal, Payout
from loops.models.question_help import QuestionHelp
from loops.models.referral import Credit, Referral
from loops.models.reward import DailyRewardTotal, RewardEntry
from loops.models.shop import Purchase, ShopItem

__all__ = [
    "ActionPoints",
    "AttributionWindow",
    "Credit",
    "DailyAiSpend",
    "DailyReferrerTotal",
    "DailyRewardTotal",
    "DailySpend",
    "GeneratedCopy",
    "GrowthEmail",
    "Link",
    "Loop",
    "Payout",
    "Prompt",
    "Purchase",
    "QuestionHelp",
    "Referral",
    "RewardEntry",
    "RewardTerms",
    "ShopItem",
    "SpendLimit",
    "Suppression",
    "Touch",
    "running_loops",
]

parts("models")
