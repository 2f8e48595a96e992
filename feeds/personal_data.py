"""Personal-data policies of the feed, cohort chat and co-practice."""

from feeds.models import (
    Activity,
    ChatCounter,
    ChatMute,
    CohortChallenge,
    CoPractice,
    Message,
    Reaction,
)
from feeds.services.shared_activities import FEED
from viral_engine.kernel.privacy.policies import Delete, Keep, PersonPath, Purge, declare
from viral_engine.kernel.privacy.shared import register_shared

DELETE = Delete()

declare(
    Activity,
    retention="activities",
    people=(PersonPath("actor", DELETE),),
    codes="source",
    purges={"activities": Purge("at")},
)
declare(Reaction, retention="activities", people=(PersonPath("user", DELETE),), purges={"activities": Purge("at")})
declare(
    CohortChallenge,
    retention="learning",
    people=(PersonPath("creator", Keep("The cohort's challenge goes on; it holds no words.")),),
)
declare(
    Message,
    retention="chat",
    people=(PersonPath("author", DELETE),),
    words={"text": "author"},
    purges={"chat": Purge("at")},
)
declare(ChatCounter, retention="content", reason="The number of the last message.")
declare(ChatMute, retention="account", people=(PersonPath("muter", DELETE), PersonPath("muted", DELETE)))
declare(CoPractice, retention="learning", people=(PersonPath("host", DELETE), PersonPath("friend", DELETE)))

register_shared(FEED)
