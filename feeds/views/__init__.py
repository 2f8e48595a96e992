from feeds.views.co_practice import begin, join, together
from feeds.views.cohort import block, challenge, cohort, mine, mute, play, report, send, unmute
from feeds.views.feed import feed, latest, older, react, share

__all__ = [
    "begin",
    "block",
    "challenge",
    "cohort",
    "feed",
    "join",
    "latest",
    "mine",
    "mute",
    "older",
    "play",
    "react",
    "report",
    "send",
    "share",
    "together",
    "unmute",
]
