from loops.views.cards import card
from loops.views.challenge import landing, play
from loops.views.links import follow
from loops.views.prompts import after_result, challenge_a_friend, dismiss, share, share_sheet
from loops.views.rewards import rewards

__all__ = [
    "after_result",
    "card",
    "challenge_a_friend",
    "dismiss",
    "follow",
    "landing",
    "play",
    "rewards",
    "share",
    "share_sheet",
]
