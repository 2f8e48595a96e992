from feeds.models.activity import Activity, Reaction
from feeds.models.challenge import CohortChallenge
from feeds.models.chat import ChatCounter, ChatMute, Message
from feeds.models.co_practice import CoPractice

__all__ = [
    "Activity",
    "ChatCounter",
    "ChatMute",
    "CoPractice",
    "CohortChallenge",
    "Message",
    "Reaction",
]
