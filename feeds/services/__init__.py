from feeds.services.activities import (
    audience_of,
    hide_activities,
    react,
    record_practice,
    record_subject_round,
    record_victory,
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
    unread_by,
)
from feeds.services.rights import forget_person, hide_blocked, hide_child, hide_who_hides
from feeds.services.together import NotFriends, join_together, practice_together

__all__ = [
    "ChallengeOver",
    "MessageRefused",
    "NotFriends",
    "NotInCohort",
    "audience_of",
    "challenge_cohort",
    "forget_person",
    "hide_activities",
    "hide_blocked",
    "hide_child",
    "hide_message",
    "hide_who_hides",
    "join_together",
    "mute",
    "play_challenge",
    "post_message",
    "practice_together",
    "purge_messages",
    "react",
    "record_practice",
    "record_subject_round",
    "record_victory",
    "report_message",
    "settle_reports",
    "share_progress",
    "unmute_all",
    "unread_by",
]
