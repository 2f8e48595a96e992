from feeds.services.activities import (
    activity_visibility,
    hide_activities,
    react,
    record_practice,
    record_assessment,
    record_win,
    share_progress,
)
from feeds.services.challenges import ChallengeOver, NotInCohort, challenge_cohort, play_challenge
from feeds.services.chat import (
    MessageRefused,
    hide_message,
    mute,
    post_message,
    purge_messages,
    report_message,
    settle_reports,
    unmute_all,
    hidden_author_ids,
)
from feeds.services.visibility import forget_person, hide_blocked, hide_child, hide_opted_out
from feeds.services.co_practice import NotFriends, join_co_practice, start_co_practice

__all__ = [
    "ChallengeOver",
    "MessageRefused",
    "NotFriends",
    "NotInCohort",
    "activity_visibility",
    "challenge_cohort",
    "forget_person",
    "hide_activities",
    "hide_blocked",
    "hide_child",
    "hide_message",
    "hide_opted_out",
    "join_co_practice",
    "mute",
    "play_challenge",
    "post_message",
    "start_co_practice",
    "purge_messages",
    "react",
    "record_practice",
    "record_assessment",
    "record_win",
    "report_message",
    "settle_reports",
    "share_progress",
    "unmute_all",
    "hidden_author_ids",
]
