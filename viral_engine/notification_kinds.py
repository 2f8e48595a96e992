"""The events that notify people, in the words of the page."""

from loops.events import BookingAccepted, BookingDeclined, BookingRequested, RewardGranted, SignupAttributed
from loops.events import WeeklyRecapGenerated as RecapMade
from loops.rules.economy import REWARDS
from viral_engine.accounts.events import FriendRequested, FriendshipChanged
from viral_engine.learning.events import AchievementEarned
from viral_engine.notifications.kinds import NotificationKind


def _reward(event: RewardGranted) -> str:
    return str(REWARDS[event.kind].count(event.amount))


def _friend_of_asker(event: FriendshipChanged) -> int | None:
    return event.other_id if event.asked_by_id == event.user_id else event.user_id


NOTIFICATION_KINDS = (
    NotificationKind(
        event=FriendRequested,
        key="friend_request",
        title="Friend requests",
        one="{name} wants to be friends with you.",
        many="{count} learners want to be friends with you.",
        url_name="accounts:friends",
        recipient=lambda event: event.other_id,
        about=lambda event: event.user_id,
    ),
    NotificationKind(
        event=FriendshipChanged,
        key="friend",
        title="New friends",
        one="{name} is now your friend.",
        many="You have {count} new friends.",
        url_name="accounts:friends",
        recipient=lambda event: event.asked_by_id,
        about=_friend_of_asker,
    ),
    NotificationKind(
        event=AchievementEarned,
        key="badge",
        title="Badges",
        one="You earned a badge: {detail}.",
        many="You earned {count} badges.",
        url_name="learning:badges",
        recipient=lambda event: event.actor_id,
        detail=lambda event: event.title,
    ),
    NotificationKind(
        event=RewardGranted,
        key="reward",
        title="Rewards",
        one="You got {detail}.",
        many="You got {count} rewards.",
        url_name="loops:rewards",
        recipient=lambda event: event.actor_id,
        detail=_reward,
    ),
    NotificationKind(
        event=SignupAttributed,
        key="joined",
        title="Friends who join by my link",
        one="A friend you invited has joined.",
        many="{count} friends you invited have joined.",
        url_name="loops:rewards",
        recipient=lambda event: event.referrer_id,
    ),
    NotificationKind(
        event=RecapMade,
        key="recap",
        title="Weekly recaps",
        one="A new week of your child is ready to read.",
        many="{count} new weeks are ready to read.",
        url_name="loops:recaps",
        recipient=lambda event: event.actor_id,
    ),
    NotificationKind(
        event=BookingRequested,
        key="booking_request",
        title="Requests for a session",
        one="A family asks for a first session with you.",
        many="{count} families ask for a first session with you.",
        url_name="loops:tutor_requests",
        recipient=lambda event: event.tutor_id,
    ),
    NotificationKind(
        event=BookingAccepted,
        key="booking_yes",
        title="A tutor's yes",
        one="The tutor said yes to your request.",
        many="{count} tutors said yes to your requests.",
        url_name="learning:sessions",
        recipient=lambda event: event.family_id,
    ),
    NotificationKind(
        event=BookingDeclined,
        key="booking_no",
        title="A tutor's no",
        one="The tutor has no time for your request. Try another one.",
        many="{count} tutors had no time for your requests.",
        url_name="learning:sessions",
        recipient=lambda event: event.family_id,
    ),
)
