from loops.models.challenge import Challenge, ChallengeEntry
from loops.models.link import Link, Touch
from loops.models.loop import Loop, Prompt
from loops.models.referral import Referral
from loops.models.reward import RewardDay, RewardEntry

__all__ = [
    "Challenge",
    "ChallengeEntry",
    "Link",
    "Loop",
    "Prompt",
    "Referral",
    "RewardDay",
    "RewardEntry",
    "Touch",
]
