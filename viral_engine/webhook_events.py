"""The events that webhooks may carry, and what leaves the site of each; docs/api.md lists them."""

from loops.events import (
    BookingRequested,
    InviteSent,
    LinkClicked,
    RewardGranted,
    RewardRedeemed,
    RewardRevoked,
    SignupAttributed,
)
from viral_engine.accounts.events import AccountCreated
from viral_engine.learning.events import (
    AchievementEarned,
    ChallengeWon,
    DiagnosticCompleted,
    FvmReached,
    PracticeCompleted,
    PracticeTestCompleted,
    SessionCompleted,
)
from viral_engine.webhooks.published import PublishedEvent

REWARD = ("kind", "amount")
WEBHOOK_EVENTS = (
    PublishedEvent(AccountCreated, ("role",)),
    PublishedEvent(AchievementEarned, ("kind", "title", "skill")),
    PublishedEvent(BookingRequested, ("loop",)),
    PublishedEvent(ChallengeWon, ("skill", "score", "score_to_beat")),
    PublishedEvent(DiagnosticCompleted, ("subject", "score", "duration_s", "level")),
    PublishedEvent(FvmReached, ()),
    PublishedEvent(InviteSent, ("loop", "channel")),
    PublishedEvent(LinkClicked, ("loop", "channel")),
    PublishedEvent(PracticeCompleted, ("subject", "skill", "kind", "score", "duration_s")),
    PublishedEvent(PracticeTestCompleted, ("subject", "score", "duration_s", "answered", "total")),
    PublishedEvent(RewardGranted, REWARD),
    PublishedEvent(RewardRedeemed, REWARD),
    PublishedEvent(RewardRevoked, REWARD),
    PublishedEvent(SessionCompleted, ("subject",)),
    PublishedEvent(SignupAttributed, ("loop",)),
)
