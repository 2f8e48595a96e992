from loops.models.challenge import Challenge, ChallengeEntry
from loops.models.economy import ActionWorth, AttributionWindow, RewardTerms, SpendDay, SpendLimit
from loops.models.letter import Letter, Suppression
from loops.models.link import Link, Touch
from loops.models.loop import Loop, Prompt
from loops.models.rally import Rally, RallyEntry
from loops.models.recap import Recap, RecapReel, RecapShare
from loops.models.referral import Credit, Referral
from loops.models.rescue import Rescue, RescueEntry
from loops.models.reward import RewardDay, RewardEntry
from loops.models.shop import Purchase, ShopItem
from loops.models.shown_badge import ShownBadge
from loops.models.spotlight import BookingRequest, Spotlight
from loops.models.written import AiDay, WrittenCopy

__all__ = [
    "ActionWorth",
    "AiDay",
    "AttributionWindow",
    "BookingRequest",
    "Challenge",
    "ChallengeEntry",
    "Credit",
    "Letter",
    "Link",
    "Loop",
    "Prompt",
    "Purchase",
    "Rally",
    "RallyEntry",
    "Recap",
    "RecapReel",
    "RecapShare",
    "Referral",
    "Rescue",
    "RescueEntry",
    "RewardDay",
    "RewardEntry",
    "RewardTerms",
    "ShopItem",
    "ShownBadge",
    "SpendDay",
    "SpendLimit",
    "Spotlight",
    "Suppression",
    "Touch",
    "WrittenCopy",
]
