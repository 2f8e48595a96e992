"""The listeners of each event, one block per event. The only module that joins the apps.

Durable listeners are for work that must not be lost (attribution, rewards, offers): each runs exactly once, from an
outbox row, in the relay. Those that are `at_once` run before the request ends: rights, and what the next page shows.
After-commit listeners are best effort (pushes): the next event corrects a lost one. Each kind runs in the order written
here.
"""

from experiments.services import phase_cache
from feeds import fragments as feed_fragments
from feeds.events import (
    ActivitiesHidden,
    ActivitiesPosted,
    ActivityChanged,
    ActivityFeedShareClicked,
    CohortChallengeCreated,
    CoPracticeStarted,
    MessageHidden,
    MessagePosted,
)
from feeds.rooms import register_board_reader
from feeds.services import activities, visibility
from leaderboards import fragments as board_fragments
from leaderboards import queries as board_queries
from leaderboards.events import LeagueClosed, StandingsChanged
from leaderboards.services import results, standings
from loops.buddy_challenge import fragments as challenge_fragments
from loops.buddy_challenge import services as buddy_challenge
from loops.core import attribution, experiment_adapter, orchestrator, payouts, shields
from loops.core import fragments as loop_fragments
from loops.core.rewards import action_points
from loops.events import (
    BookingAccepted,
    BookingDeclined,
    BookingRequested,
    ChallengedBack,
    GuestStarted,
    InviteSent,
    LinkClicked,
    LinkTakenBack,
    PromptDismissed,
    PromptOffered,
    RewardGranted,
    RewardHeld,
    RewardRedeemed,
    RewardRevoked,
    SessionDelivered,
    SignupAttributed,
    WeeklyRecapGenerated,
)
from loops.proud_parent import reels
from loops.results_rally import fragments as rally_fragments
from loops.session_intelligence import fragments as session_fragments
from loops.session_intelligence.services import pipeline, recall
from loops.streak_rescue import services as streak_rescue
from loops.tutor_spotlight import bookings
from loops.tutor_spotlight import emails as booking_emails
from loops.tutor_spotlight import fragments as booking_fragments
from presence import services as presence_services
from presence.events import PracticeReported
from presence.services import learners_online
from viral_engine import conditions
from viral_engine.accounts import fragments as account_fragments
from viral_engine.accounts.events import (
    AccountBlocked,
    AccountCreated,
    AccountErased,
    AccountUnblocked,
    CohortsChanged,
    ConsentGiven,
    ConsentWithdrawn,
    FriendRequestClosed,
    FriendRequested,
    FriendshipChanged,
    FriendshipEnded,
    GuestMerged,
    MailboxVerified,
    PersonBlocked,
    PersonUnblocked,
    PreferencesChanged,
    RowsHidden,
    RowsShown,
    SignedOut,
)
from viral_engine.accounts.services import hiding
from viral_engine.kernel.bus import at_once, batched, event_types_of, on, when
from viral_engine.kernel.gauges import register_gauge
from viral_engine.learning.events import (
    AchievementEarned,
    AnswerGiven,
    ChallengeWon,
    DiagnosticCompleted,
    FvmReached,
    PracticeCompleted,
    PracticeStarted,
    PracticeTestCompleted,
    SessionCompleted,
    SessionRatedFiveStars,
    StreakAtRisk,
    StreakLapsed,
)
from viral_engine.learning.services import achievements, claims, transcripts
from viral_engine.notification_kinds import NOTIFICATION_KINDS
from viral_engine.notifications.kinds import register_kinds
from viral_engine.notifications.services import inbox
from viral_engine.reviewed_kinds import REVIEWED_KINDS
from viral_engine.safety.services import sign_ups, signals
from viral_engine.safety.services.kinds import register_kind
from viral_engine.webhook_events import WEBHOOK_EVENTS
from viral_engine.webhooks.published import publish_events
from viral_engine.webhooks.services import deliveries, endpoints

RECORD_OUTCOME = when(experiment_adapter.is_measured, experiment_adapter.record_outcome)  # a metric may count the event
NOTIFY = inbox.notify
SEND_WEBHOOKS = when(deliveries.is_subscribed, batched(deliveries.queue_deliveries))


def connect() -> None:
    _accounts()
    _friends()
    _consent()
    _account_rights()
    _practice()
    _assessments()
    _milestones()
    _tutoring()
    _feeds()
    _boards()
    _loops()
    _rewards()
    for event_type in event_types_of(experiment_adapter.record_outcome):
        phase_cache.register_event_type(event_type.type)  # a metric may count it
    for kind in REVIEWED_KINDS:
        register_kind(kind)
    register_board_reader(board_queries.cohort_boards)
    publish_events(WEBHOOK_EVENTS)
    register_kinds(NOTIFICATION_KINDS)
    register_gauge("people", learners_online)
    register_gauge("disabled_webhooks", endpoints.disabled_count)
    register_gauge("experiments", phase_cache.running_count)


# -- Accounts ------------------------------------------------------------------------------------------------
def _accounts() -> None:
    # The attempts are claimed first: sign-up rewards, rescues and boards read them.
    on(
        AccountCreated,
        durable=[
            at_once(when(conditions.was_a_guest, claims.claim_guest_attempts)),
            at_once(signals.note_new_mailbox),
            at_once(attribution.attribute_sign_up),
            when(conditions.was_a_guest, buddy_challenge.settle_challenges),
            when(conditions.was_a_guest, streak_rescue.settle_rescues),
            sign_ups.review_sign_up,
            when(conditions.was_a_guest, payouts.pay_known_guest),
            when(conditions.was_a_guest, action_points.reward_claimed_attempts),
            when(conditions.was_a_guest, results.count_claimed),
            RECORD_OUTCOME,
            when(conditions.was_a_guest, bookings.pay_for_known_guest),
            SEND_WEBHOOKS,
        ],
    )
    on(
        GuestMerged,
        durable=[
            at_once(claims.claim_guest_attempts),
            buddy_challenge.settle_challenges,
            streak_rescue.settle_rescues,
            payouts.pay_known_guest,
            action_points.reward_claimed_attempts,
            results.count_claimed,
            experiment_adapter.merge_guest,
            bookings.pay_for_known_guest,
        ],
    )
    on(
        MailboxVerified,
        durable=[
            at_once(signals.note_verified_mailbox),
            buddy_challenge.settle_challenges,
            streak_rescue.settle_rescues,
            payouts.pay_verified,
            bookings.pay_for_verified_family,
        ],
    )
    on(GuestStarted, durable=[RECORD_OUTCOME])
    on(SignedOut, after_commit=[presence_services.end_sockets])


def _friends() -> None:
    on(FriendRequested, durable=[NOTIFY], after_commit=[account_fragments.push_request])
    on(FriendRequestClosed, after_commit=[account_fragments.push_change])
    on(
        FriendshipChanged,
        durable=[NOTIFY],
        after_commit=[account_fragments.push_friendship, presence_services.refresh_pair],
    )
    on(FriendshipEnded, after_commit=[account_fragments.push_change, presence_services.refresh_pair])
    on(PersonBlocked, after_commit=[account_fragments.push_change, presence_services.refresh_pair])
    on(PersonUnblocked, after_commit=[presence_services.refresh_pair])


# -- Rights: consent, preferences, blocks by staff, erasure ----------------------------------------------------
def _consent() -> None:
    on(
        ConsentGiven,
        durable=[
            at_once(hiding.follow_consent),
            payouts.pay_after_consent,
            when(conditions.is_of_coppa, buddy_challenge.settle_challenges),
            when(conditions.is_of_coppa, streak_rescue.settle_rescues),
            when(conditions.publishes, standings.refresh_child),
        ],
        after_commit=[presence_services.refresh_child],
    )
    on(
        ConsentWithdrawn,
        durable=[
            at_once(hiding.follow_consent),
            at_once(reels.empty_withdrawn_reels),
            at_once(when(conditions.publishes, standings.refresh_child)),
            at_once(when(conditions.is_of_coppa, transcripts.drop_childs_transcripts)),
            at_once(when(conditions.is_of_coppa, pipeline.forget_child)),
            at_once(recall.recall_records),
        ],
        after_commit=[presence_services.refresh_child],
    )


def _account_rights() -> None:
    on(RowsHidden, after_commit=[feed_fragments.push_rows_removed])
    on(RowsShown, after_commit=[feed_fragments.push_rows_shown])
    on(CohortsChanged, after_commit=[presence_services.refresh_person])
    on(
        PreferencesChanged,
        durable=[
            at_once(visibility.hide_opted_out),
            at_once(standings.refresh_person),
            at_once(transcripts.drop_unwanted_transcripts),
            at_once(pipeline.forget_unwanted),
            at_once(recall.recall_unwanted),
            RECORD_OUTCOME,
        ],
        after_commit=[presence_services.refresh_person],
    )
    on(
        AccountBlocked,
        durable=[at_once(hiding.follow_block), at_once(standings.refresh_person)],
        after_commit=[presence_services.end_sockets],
    )
    on(AccountUnblocked, durable=[at_once(hiding.follow_block), at_once(standings.refresh_person)])
    on(AccountErased, durable=[at_once(presence_services.forget_messages)])


# -- Learning ------------------------------------------------------------------------------------------------
def _practice() -> None:
    on(
        PracticeStarted,
        durable=[RECORD_OUTCOME],
        after_commit=[presence_services.show_practice, feed_fragments.push_practice_started],
    )
    on(PracticeReported, after_commit=[feed_fragments.push_practice_reported])
    on(AnswerGiven, after_commit=[presence_services.keep_practice, feed_fragments.push_co_practice])
    on(
        PracticeCompleted,
        durable=[
            when(conditions.is_of_a_deck, buddy_challenge.settle_challenges),
            when(conditions.is_of_a_deck, streak_rescue.settle_rescues),
            when(conditions.is_of_a_member, batched(activities.record_attempts)),
            when(conditions.is_of_a_member, batched(action_points.reward_attempts)),
            when(conditions.is_of_a_member, batched(results.record_results)),
            when(conditions.is_of_a_member, batched(achievements.award_for_attempts)),
            when(conditions.is_of_a_member, batched(payouts.pay_first_acts)),
            when(conditions.is_of_a_member, orchestrator.trigger_event),
            RECORD_OUTCOME,
            SEND_WEBHOOKS,
        ],
        after_commit=[
            presence_services.clear_practice,
            feed_fragments.push_standings,
            feed_fragments.push_co_practice,
        ],
    )


def _assessments() -> None:
    on(
        PracticeTestCompleted,
        durable=[
            when(conditions.is_of_a_member, batched(activities.record_attempts)),
            when(conditions.is_of_a_member, batched(action_points.reward_attempts)),
            when(conditions.is_of_a_member, batched(results.record_results)),
            when(conditions.is_of_a_member, batched(achievements.award_for_attempts)),
            when(conditions.is_of_a_member, batched(payouts.pay_first_acts)),
            when(conditions.is_of_a_member, orchestrator.trigger_event),
            SEND_WEBHOOKS,
        ],
        after_commit=[presence_services.clear_practice],
    )
    on(
        DiagnosticCompleted,
        durable=[
            when(conditions.is_of_a_member, batched(activities.record_attempts)),
            when(conditions.is_of_a_member, batched(action_points.reward_attempts)),
            when(conditions.is_of_a_member, batched(achievements.award_for_attempts)),
            when(conditions.is_of_a_member, batched(payouts.pay_first_acts)),
            when(conditions.is_of_a_member, orchestrator.trigger_event),
            SEND_WEBHOOKS,
        ],
        after_commit=[presence_services.clear_practice, rally_fragments.push_rally],
    )


def _milestones() -> None:
    on(
        FvmReached,
        durable=[when(conditions.is_a_members_through_a_link, payouts.pay_first_value), RECORD_OUTCOME, SEND_WEBHOOKS],
    )
    on(
        AchievementEarned,
        durable=[
            action_points.reward_badge,
            activities.record_achievement,
            orchestrator.trigger_event,
            SEND_WEBHOOKS,
            NOTIFY,
        ],
    )
    on(StreakAtRisk, durable=[orchestrator.trigger_event])
    on(StreakLapsed, durable=[shields.spend_shields])


def _tutoring() -> None:
    on(
        SessionCompleted,
        durable=[
            when(conditions.has_a_transcript, at_once(pipeline.receive)),
            bookings.release_for_session,
            SEND_WEBHOOKS,
        ],
    )
    on(SessionDelivered, after_commit=[session_fragments.push_delivered])
    on(SessionRatedFiveStars, durable=[orchestrator.trigger_event])
    on(
        BookingRequested,
        durable=[RECORD_OUTCOME, SEND_WEBHOOKS, NOTIFY, booking_emails.mail_request],
        after_commit=[booking_fragments.push_booking],
    )
    on(BookingAccepted, durable=[NOTIFY, booking_emails.mail_answer], after_commit=[booking_fragments.push_answer])
    on(BookingDeclined, durable=[NOTIFY, booking_emails.mail_answer], after_commit=[booking_fragments.push_answer])


# -- Feeds and boards ----------------------------------------------------------------------------------------
def _feeds() -> None:
    on(ActivitiesPosted, after_commit=[feed_fragments.push_activities])
    on(ActivityChanged, after_commit=[feed_fragments.push_change])
    on(ActivitiesHidden, after_commit=[feed_fragments.push_activities_removed])
    on(ActivityFeedShareClicked, durable=[orchestrator.trigger_event])
    on(MessagePosted, after_commit=[feed_fragments.push_message])
    on(MessageHidden, after_commit=[feed_fragments.push_message_removed])
    on(CohortChallengeCreated, after_commit=[feed_fragments.push_challenge])
    on(CoPracticeStarted, after_commit=[feed_fragments.push_co_practice_request])


def _boards() -> None:
    on(StandingsChanged, after_commit=[board_fragments.push_boards])
    on(LeagueClosed, after_commit=[board_fragments.push_league])


# -- Loops ---------------------------------------------------------------------------------------------------
def _loops() -> None:
    on(PromptOffered, after_commit=[loop_fragments.push_prompt])
    on(PromptDismissed, durable=[RECORD_OUTCOME])
    on(WeeklyRecapGenerated, durable=[orchestrator.trigger_event, NOTIFY])
    on(LinkTakenBack, durable=[at_once(reels.delete_reel_of_link), at_once(recall.recall_of_link)])
    on(InviteSent, durable=[RECORD_OUTCOME, SEND_WEBHOOKS])
    on(LinkClicked, durable=[RECORD_OUTCOME, SEND_WEBHOOKS])
    on(
        SignupAttributed,
        durable=[at_once(payouts.pay_sign_up), RECORD_OUTCOME, SEND_WEBHOOKS, NOTIFY],
        after_commit=[loop_fragments.push_referral],
    )
    on(
        ChallengeWon,
        durable=[
            when(conditions.names_a_skill, activities.record_win),
            RECORD_OUTCOME,
            when(conditions.is_of_a_member, achievements.award_for_win),
            when(conditions.is_of_a_member, action_points.reward_challenge_win),
            SEND_WEBHOOKS,
        ],
    )
    on(ChallengedBack, after_commit=[challenge_fragments.push_challenged_back])


def _rewards() -> None:
    on(RewardGranted, durable=[SEND_WEBHOOKS, NOTIFY], after_commit=[loop_fragments.push_reward])
    on(RewardHeld, after_commit=[loop_fragments.push_held])
    on(RewardRevoked, durable=[SEND_WEBHOOKS], after_commit=[loop_fragments.push_revoked])
    on(RewardRedeemed, durable=[RECORD_OUTCOME, SEND_WEBHOOKS])
