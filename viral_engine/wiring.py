"""Who hears which event: the one page that joins the apps.

`promise` is for what must not be lost (attribution, rewards): it is heard from a row, exactly once.
`hear` is for what the next event heals (offers, pushes). Order here is the order of hearing.
"""

import experiments.services as experiments
from feeds import fragments as feed_fragments
from feeds import services as feeds
from feeds.events import (
    ActivitiesHidden,
    ActivityChanged,
    ActivityFeedShareClicked,
    ActivityPosted,
    CohortChallengeCreated,
    CoPracticeStarted,
    MessageHidden,
    MessagePosted,
)
from leaderboards import fragments as board_fragments
from leaderboards import services as boards
from leaderboards.events import LeagueClosed, StandingChanged
from loops import fragments as loop_fragments
from loops import orchestrator
from loops.buddy_challenge import fragments as challenge_fragments
from loops.buddy_challenge import services as buddy_challenge
from loops.events import (
    BookingAccepted,
    BookingDeclined,
    BookingRequested,
    ChallengedBack,
    ChallengeWon,
    GuestStarted,
    InviteSent,
    LinkClicked,
    PromptDismissed,
    PromptOffered,
    RewardGranted,
    RewardHeld,
    RewardRedeemed,
    RewardRevoked,
    SignupAttributed,
    WeeklyRecapGenerated,
)
from loops.proud_parent import reels
from loops.results_rally import fragments as rally_fragments
from loops.services import arms, attribution, letters, links, payouts, rewards, shields
from loops.streak_rescue import services as streak_rescue
from loops.tutor_spotlight import bookings
from loops.tutor_spotlight import fragments as booking_fragments
from monitoring.growth.services import reports
from presence import fragments as presence_fragments
from presence.services import people_here
from viral_engine.accounts import fragments as account_fragments
from viral_engine.accounts.events import (
    AccountBlocked,
    AccountCreated,
    AccountErased,
    ConsentGiven,
    ConsentWithdrawn,
    FriendRequestClosed,
    FriendRequested,
    FriendshipChanged,
    FriendshipEnded,
    GuestRecognized,
    PersonBlocked,
    PersonUnblocked,
    PreferencesChanged,
    SignedOut,
)
from viral_engine.kernel.bus import hear, promise
from viral_engine.kernel.gauges import report
from viral_engine.learning import services as learning
from viral_engine.learning.events import (
    AchievementEarned,
    AnswerGiven,
    DiagnosticCompleted,
    FvmReached,
    PracticeCompleted,
    PracticeStarted,
    PracticeTestCompleted,
    SessionRatedFiveStars,
    StreakAtRisk,
    StreakLapsed,
)
from viral_engine.safety import services as safety

# What the metric of an experiment may count.
MEASURED = (
    AccountCreated,
    BookingRequested,
    ChallengeWon,
    FvmReached,
    GuestStarted,
    InviteSent,
    LinkClicked,
    PracticeCompleted,
    PracticeStarted,
    PreferencesChanged,
    PromptDismissed,
    RewardRedeemed,
    SignupAttributed,
)


def connect() -> None:
    _what_must_not_be_lost()
    _experiments()
    _tests_and_badges()
    _tutoring()
    _practice()
    _streams_and_rooms()
    _growth()
    _rights()
    _friends()
    report("people", people_here)
    report("experiments", experiments.running_count)


def _what_must_not_be_lost() -> None:
    promise(AccountCreated, learning.claim_guest_attempts, when=_was_a_guest)
    promise(AccountCreated, attribution.attribute_sign_up)
    promise(AccountCreated, buddy_challenge.settle_entries, when=_was_a_guest)
    promise(AccountCreated, streak_rescue.settle_rescues, when=_was_a_guest)
    promise(AccountCreated, safety.review_sign_up)
    promise(SignupAttributed, payouts.pay_sign_up)
    promise(FvmReached, payouts.pay_first_value, when=lambda event: bool(event.link_code and event.actor_id))
    promise(AccountCreated, payouts.pay_known_guest, when=_was_a_guest)
    promise(GuestRecognized, payouts.pay_known_guest)
    promise(ConsentGiven, payouts.pay_after_consent, when=_is_of_coppa)
    promise(GuestRecognized, learning.claim_guest_attempts)
    promise(GuestRecognized, buddy_challenge.settle_entries)
    promise(GuestRecognized, streak_rescue.settle_rescues)
    promise(PracticeCompleted, buddy_challenge.settle_entries, when=_is_of_a_deck)
    promise(PracticeCompleted, streak_rescue.settle_rescues, when=_is_of_a_deck)
    promise(PracticeCompleted, feeds.record_practice, when=_is_of_a_member)
    promise(ChallengeWon, feeds.record_victory, when=lambda event: bool(event.skill))
    promise(PracticeCompleted, rewards.reward_practice, when=_is_of_a_member)
    promise(AccountCreated, rewards.reward_claimed, when=_was_a_guest)
    promise(GuestRecognized, rewards.reward_claimed)
    promise(StreakLapsed, shields.spend_shields)
    promise(ConsentGiven, buddy_challenge.settle_entries, when=_is_of_coppa)
    promise(ConsentGiven, streak_rescue.settle_rescues, when=_is_of_coppa)
    promise(ConsentWithdrawn, links.darken_links)
    promise(ConsentWithdrawn, reels.drop_reels)
    promise(ConsentWithdrawn, feeds.hide_child, when=_is_of_coppa)
    promise(PreferencesChanged, feeds.hide_who_hides)
    promise(AccountBlocked, feeds.hide_blocked)
    promise(AccountErased, feeds.forget_person)
    promise(AccountErased, reports.forget_reader)
    promise(AccountErased, links.darken_erased)
    promise(AccountErased, reels.drop_erased)
    promise(AccountErased, letters.forget_letters)
    # Boards, after the learning that was claimed; who is not to be seen leaves them for certain.
    promise(PracticeCompleted, boards.record_result, when=_is_of_a_member)
    promise(AccountCreated, boards.count_claimed, when=_was_a_guest)
    promise(GuestRecognized, boards.count_claimed)
    promise(PreferencesChanged, boards.refresh_person)
    promise(AccountBlocked, boards.refresh_person)
    promise(ConsentGiven, boards.refresh_child, when=_is_of_coppa)
    promise(ConsentWithdrawn, boards.refresh_child, when=_is_of_coppa)


def _experiments() -> None:
    for measured in MEASURED:
        promise(measured, arms.record_outcome, when=arms.is_measured)
        experiments.report(measured.type)
    promise(GuestRecognized, arms.join_guest)


def _tests_and_badges() -> None:
    promise(PracticeTestCompleted, feeds.record_subject_round, when=_is_of_a_member)
    promise(DiagnosticCompleted, feeds.record_subject_round, when=_is_of_a_member)
    promise(PracticeTestCompleted, boards.record_result, when=_is_of_a_member)
    promise(PracticeCompleted, learning.award_for_round, when=_is_of_a_member)
    promise(PracticeTestCompleted, learning.award_for_round, when=_is_of_a_member)
    promise(DiagnosticCompleted, learning.award_for_round, when=_is_of_a_member)
    promise(ChallengeWon, learning.award_for_victory, when=_is_of_a_member)
    promise(PracticeTestCompleted, rewards.reward_practice, when=_is_of_a_member)
    promise(DiagnosticCompleted, rewards.reward_practice, when=_is_of_a_member)
    promise(ChallengeWon, rewards.reward_victory, when=_is_of_a_member)
    promise(AchievementEarned, rewards.reward_badge)


def _tutoring() -> None:
    promise(PreferencesChanged, learning.drop_unwanted_transcripts)
    promise(ConsentWithdrawn, learning.drop_childs_transcripts, when=_is_of_coppa)
    promise(AccountErased, learning.forget_person)
    promise(AccountCreated, bookings.pay_for_guest, when=_was_a_guest)
    promise(GuestRecognized, bookings.pay_for_guest)
    promise(AccountErased, bookings.forget_person)
    hear(SessionRatedFiveStars, orchestrator.trigger_event)
    hear(BookingRequested, booking_fragments.push_booking)
    hear(BookingAccepted, booking_fragments.push_answer)
    hear(BookingDeclined, booking_fragments.push_answer)


def _practice() -> None:
    hear(PracticeStarted, presence_fragments.show_practice)
    hear(PracticeStarted, feed_fragments.nudge_friends)
    hear(AnswerGiven, feed_fragments.push_together)
    hear(PracticeCompleted, presence_fragments.clear_practice)
    hear(PracticeTestCompleted, presence_fragments.clear_practice)
    hear(DiagnosticCompleted, presence_fragments.clear_practice)
    hear(PracticeCompleted, orchestrator.trigger_event)
    hear(PracticeTestCompleted, orchestrator.trigger_event)
    hear(DiagnosticCompleted, orchestrator.trigger_event)
    hear(StreakAtRisk, orchestrator.trigger_event)
    hear(AchievementEarned, orchestrator.trigger_event)
    hear(ActivityFeedShareClicked, orchestrator.trigger_event)
    hear(PracticeCompleted, feed_fragments.push_standings)
    hear(PracticeCompleted, feed_fragments.push_together)


def _streams_and_rooms() -> None:
    hear(ActivityPosted, feed_fragments.push_activity)
    hear(ActivityChanged, feed_fragments.push_change)
    hear(ActivitiesHidden, feed_fragments.pull_activities)
    hear(MessagePosted, feed_fragments.push_message)
    hear(MessageHidden, feed_fragments.pull_message)
    hear(CohortChallengeCreated, feed_fragments.push_challenge)
    hear(CoPracticeStarted, feed_fragments.ask_friend)
    hear(StandingChanged, board_fragments.push_boards)
    hear(LeagueClosed, board_fragments.push_league)


def _growth() -> None:
    hear(RewardGranted, loop_fragments.push_reward)
    hear(RewardHeld, loop_fragments.push_held)
    hear(RewardRevoked, loop_fragments.push_revoked)
    hear(SignupAttributed, loop_fragments.push_referral)
    hear(ChallengedBack, challenge_fragments.push_challenged_back)
    hear(PromptOffered, loop_fragments.push_prompt)
    hear(DiagnosticCompleted, rally_fragments.push_rally)
    hear(WeeklyRecapGenerated, orchestrator.trigger_event)


def _rights() -> None:
    hear(SignedOut, presence_fragments.end_sockets)
    hear(AccountBlocked, presence_fragments.end_sockets)
    hear(PreferencesChanged, presence_fragments.refresh_person)
    hear(ConsentGiven, presence_fragments.refresh_child)
    hear(ConsentWithdrawn, presence_fragments.refresh_child)


def _friends() -> None:
    hear(FriendRequested, account_fragments.push_request)
    hear(FriendshipChanged, account_fragments.push_friendship)
    hear(FriendRequestClosed, account_fragments.push_change)
    hear(FriendshipEnded, account_fragments.push_change)
    hear(PersonBlocked, account_fragments.push_change)
    hear(FriendshipChanged, presence_fragments.refresh_pair)
    hear(FriendshipEnded, presence_fragments.refresh_pair)
    hear(PersonUnblocked, presence_fragments.refresh_pair)
    hear(PersonBlocked, presence_fragments.refresh_pair)


# -- What spares a promise its row, when its listener could do nothing --------------------------------------
def _is_of_a_member(event: PracticeCompleted | PracticeTestCompleted | DiagnosticCompleted | ChallengeWon) -> bool:
    """What a guest did is told again when an account claims it."""
    return event.actor_id is not None


def _was_a_guest(event: AccountCreated) -> bool:
    return bool(event.guest_id)


def _is_of_coppa(event: ConsentGiven | ConsentWithdrawn) -> bool:
    return event.kind == "coppa"


def _is_of_a_deck(event: PracticeCompleted) -> bool:
    return event.deck_id is not None
