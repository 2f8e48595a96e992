from feeds.services.activities import (
    activity_visibility,
    hide_activities,
    react,
    record_assessment,
    record_practice,
    record_win,
    share_progress,
)
from feeds.services.challenges import ChallengeOver, NotInCohort, challenge_cohort, play_challenge
from feeds.services.chat import (
    MessageRefused,
    hidden_author_ids,
    hide_message,
    mute,
    post_message,
    purge_messages,
    report_message,
    settle_reports,
    unmute_all,
)
from feeds.services.co_practice import NotFriends, join_co_practice, start_co_practice
from feeds.services.visibility import forget_person, hide_blocked, hide_child, hide_opted_out

__all__ = [
    "ChallengeOver",
    "MessageRefused",
    "NotFriends",
    "NotInCohort",
    "activity_visibility",
    "challenge_cohort",
    "forget_person",
    "hidden_author_ids",
    "hide_activities",
    "hide_blocked",
    "hide_child",
    "hide_message",
    "hide_opted_out",
    "join_co_practice",
    "mute",
    "play_challenge",
    "post_message",
    "purge_messages",
    "react",
    "record_assessment",
    "record_practice",
    "record_win",
    "report_message",
    "settle_reports",
    "share_progress",
    "start_co_practice",
    "unmute_all",
]
