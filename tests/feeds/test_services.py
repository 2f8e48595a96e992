from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connections

from feeds import queries
from feeds.models import Activity, CohortChallenge, CoPractice, Message, Reaction
from feeds.services import activities, challenges, chat, co_practice
from feeds.services.activities import ActivityVisibility, activity_visibility
from tests.factories import Committed, answer_all, child, cohort_of, counting, parent_of, person, practice, statements
from tests.steps.retention import purge
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent, erasure, friends, preferences
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Result, Skill
from viral_engine.learning.services import attempts, completion
from viral_engine.safety.services import ActionRefused

pytestmark = pytest.mark.django_db


def befriend(ada: User, bo: User, at: datetime) -> None:
    friends.accept_friend(friendship=friends.request_friend(asker=ada, asked=bo, at=at), by=bo, at=at)


def stream_of(user: User, at: datetime) -> list[tuple[str, str]]:
    found = queries.stream_for(viewer_profile_of(user), at=at)
    return [(one.actor.username, one.kind) for one in found.activities]


# -- The stream --------------------------------------------------------------------------------------------
def test_an_attempt_is_in_the_streams_of_cohort_and_friends_once(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada, bo, cy, dee = (person(name, at=at) for name in ("Ada", "Bo", "Cy", "Dee"))
    cohort_of(ada, bo, at=at)
    befriend(ada, cy, at)
    with committed():
        result = practice(ada, algebra, right=4, at=at)
    later = at + timedelta(minutes=5)
    for reader in (ada, bo, cy):
        assert stream_of(reader, later) == [("ada", "practice_completed")]
    assert stream_of(dee, later) == []
    activity = Activity.objects.get()
    assert (activity.score, activity.source) == (None, f"attempt:{result.pk}")


def test_who_may_see_is_decided_when_it_is_written(at: datetime) -> None:
    ada = person("Ada", at=at)
    cohort = cohort_of(ada, at=at)
    today = at.date()
    assert activity_visibility(ada, today=today) == ActivityVisibility(cohort.pk, is_for_friends=True)
    shy = person("Bo", at=at, feed_visible=False)
    cohort_of(shy, at=at)
    parent = person("Grace", age=41, role="parent", grade=None)
    assert activity_visibility(shy, today=today).is_empty
    assert activity_visibility(parent, today=today).is_empty
    kid = child("Comet")
    cohort_of(kid, at=at)
    User.objects.filter(pk=kid.pk).update(feed_visible=True)
    kid.refresh_from_db()
    assert activity_visibility(kid, today=today).is_empty
    consent.give_consent(
        parent=parent_of(kid, "Mum", at=at), child=kid, kind="coppa", method="email_plus", ip_hash="", at=at
    )
    kid.refresh_from_db()
    assert activity_visibility(kid, today=today) == ActivityVisibility(cohort.pk, is_for_friends=False)


def test_a_block_hides_both_from_each_other(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    cohort_of(ada, bo, at=at)
    with committed():
        practice(ada, algebra, at=at)
        practice(bo, algebra, at=at)
    friends.block_person(blocker=ada, blocked=bo, at=at)
    assert stream_of(ada, at) == [("ada", "practice_completed")]
    assert stream_of(bo, at) == [("bo", "practice_completed")]


def test_switching_the_feed_off_takes_everything_away_at_once(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    cohort_of(ada, bo, at=at)
    with committed():
        practice(ada, algebra, at=at)
    with committed():
        preferences.set_preferences(user=ada, avatar="mint", feed_visible=False, at=at)
    assert stream_of(bo, at) == []


def test_a_minors_score_is_shared_only_with_a_parents_word(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    cohort_of(ada, at=at)
    first = practice(ada, algebra, right=4, at=at)
    shared = activities.share_progress(user=ada, result=first, at=at)
    assert shared is not None
    assert shared.score is None
    grown = person("Cy", age=20, at=at)
    result = practice(grown, algebra, right=4, at=at)
    shared = activities.share_progress(user=grown, result=result, at=at)
    assert shared is not None
    assert shared.score == 80
    assert activities.share_progress(user=grown, result=result, at=at) == shared
    assert LoggedEvent.objects.filter(type="activity_feed_share_clicked").count() == 2


def test_reacting_twice_takes_it_back(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    cohort_of(ada, bo, at=at)
    with committed():
        practice(ada, algebra, at=at)
    activity = Activity.objects.get()
    assert activities.react(user=bo, activity=activity, kind="clap", at=at)
    drawn = vars(Activity.objects.drawn().get())
    assert (drawn["clap_count"], drawn["fire_count"]) == (1, 0)
    assert not activities.react(user=bo, activity=activity, kind="clap", at=at)
    assert Reaction.objects.count() == 0


@pytest.mark.parametrize("count", [1, 50])
def test_a_stream_is_one_query_at_one_and_at_fifty(algebra: Skill, at: datetime, count: int) -> None:
    ada = person("Ada", at=at)
    cohort = cohort_of(ada, at=at)
    Activity.objects.bulk_create(
        Activity(actor=ada, kind="practice_completed", skill=algebra, cohort=cohort, source=f"s{n}", at=at)
        for n in range(count)
    )
    viewer = viewer_profile_of(ada)
    with counting() as captured:
        found = queries.stream_for(viewer, at=at)
        assert [one.actor.username for one in found.activities] == ["ada"] * count
        assert found.activities[0].subject_slug == "math"
    assert len(statements(captured)) == 1


def test_older_activities_come_page_by_page(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    cohort = cohort_of(ada, at=at)
    Activity.objects.bulk_create(
        Activity(actor=ada, kind="practice_completed", skill=algebra, cohort=cohort, source=f"s{n}", at=at)
        for n in range(120)
    )
    viewer, seen, before = viewer_profile_of(ada), [], 0
    while True:
        found = queries.stream_for(viewer, at=at, before=before)
        seen += [one.pk for one in found.activities]
        before = found.older_than
        if not before:
            break
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)


def test_an_activity_that_is_delivered_late_has_its_place_by_time(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    cohort = cohort_of(ada, at=at)
    for name, minutes in (("s1", 30), ("s2", 10), ("s3", 20)):  # in the order of delivery
        Activity.objects.create(
            actor=ada, kind="practice_completed", skill=algebra, cohort=cohort, source=name,
            at=at - timedelta(minutes=minutes),
        )  # fmt: skip
    viewer = viewer_profile_of(ada)
    shown = queries.stream_for(viewer, at=at).activities
    assert [one.source for one in shown] == ["s2", "s3", "s1"]
    assert [one.source for one in queries.cohort_stream(cohort.pk, viewer)] == ["s2", "s3", "s1"]
    older = [queries.stream_for(viewer, at=at, before=one.pk).activities for one in shown]
    assert [[one.source for one in page] for page in older] == [["s3", "s1"], ["s1"], []]
    assert queries.stream_for(viewer, at=at, before=999_999).activities == []


# -- Chat --------------------------------------------------------------------------------------------------
def say(author: User, cohort_id: int, text: str, at: datetime, key: UUID | None = None) -> Message:
    return chat.post_message(author=author, cohort_id=cohort_id, text=text, key=key or uuid4(), at=at)


def test_messages_are_numbered_and_the_same_press_is_one_message(at: datetime) -> None:
    ada = person("Ada", at=at)
    cohort = cohort_of(ada, at=at)
    key = uuid4()
    first = say(ada, cohort.pk, "Hi \u202e all\x00", at, key)
    assert say(ada, cohort.pk, "Hi again", at, key) == first
    assert (first.text, first.seq) == ("Hi all", 1)
    assert say(ada, cohort.pk, "Next", at).seq == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "message_refused"), ("x" * 5000, "message_refused"), ("call 0151 23456789", "message_refused")],
)
def test_a_message_that_may_not_be_said_is_not_stored(at: datetime, text: str, reason: str) -> None:
    ada = person("Ada", at=at)
    cohort = cohort_of(ada, at=at)
    with pytest.raises(chat.MessageRefused) as refusal:
        say(ada, cohort.pk, text, at)
    assert (refusal.value.reason, Message.objects.count()) == (reason, 0)


def test_outsiders_children_without_consent_and_the_hasty_are_refused(at: datetime) -> None:
    ada, bo, kid = person("Ada", at=at), person("Bo", at=at), child("Comet")
    cohort = cohort_of(ada, kid, at=at)
    for author, reason in ((bo, "not_in_cohort"), (kid, "coppa_no_consent")):
        with pytest.raises(chat.MessageRefused) as refusal:
            say(author, cohort.pk, "Hi", at)
        assert refusal.value.reason == reason
    with time_machine.travel(at, tick=False):
        for _ in range(6):
            say(ada, cohort.pk, "Hi", at)
        with pytest.raises(chat.MessageRefused) as refusal:
            say(ada, cohort.pk, "Hi", at)
    assert refusal.value.reason == "rate_limited"


def test_muted_and_blocked_people_are_not_read(at: datetime) -> None:
    ada, bo, cy = (person(name, at=at) for name in ("Ada", "Bo", "Cy"))
    cohort = cohort_of(ada, bo, cy, at=at)
    for author in (ada, bo, cy):
        say(author, cohort.pk, f"Hi from {author}", at)
    chat.mute(muter=ada, muted_id=bo.pk, at=at)
    friends.block_person(blocker=cy, blocked=ada, at=at)
    read = queries.messages_for(cohort.pk, without=chat.hidden_author_ids(viewer_profile_of(ada)))
    assert [message.text for message in read] == ["Hi from ada"]
    chat.unmute_all(muter=ada)
    assert chat.hidden_author_ids(viewer_profile_of(ada)) == {cy.pk}


def test_chat_is_kept_for_thirty_days(at: datetime) -> None:
    ada = person("Ada", at=at)
    cohort = cohort_of(ada, at=at)
    say(ada, cohort.pk, "Old", at)
    say(ada, cohort.pk, "New", at + timedelta(days=1))
    assert purge("chat", at + timedelta(days=30, hours=1)) == 1
    assert Message.objects.get().text == "New"


@pytest.mark.django_db(transaction=True)
def test_fifty_messages_at_once_get_fifty_numbers(at: datetime) -> None:
    members = [person(f"P{n}", at=at) for n in range(10)]
    cohort = cohort_of(*members, at=at)

    def write(number: int) -> int:
        try:
            return say(members[number % 10], cohort.pk, f"Message {number}", at).seq
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(write, range(50)))
    assert numbers == list(range(1, 51))


@pytest.mark.django_db(transaction=True)
def test_the_same_press_at_the_same_moment_is_one_message(at: datetime) -> None:
    ada = person("Ada", at=at)
    cohort, key = cohort_of(ada, at=at), uuid4()

    def press(_: int) -> int:
        try:
            return say(ada, cohort.pk, "Hi", at, key).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(press, range(5)))) == 1
    assert say(ada, cohort.pk, "Next", at).seq == 2


# -- Cohort challenges -------------------------------------------------------------------------------------
def test_a_cohort_is_challenged_once_a_day_and_skill_and_standings_rank_it(algebra: Skill, at: datetime) -> None:
    ada, bo, cy = (person(name, at=at) for name in ("Ada", "Bo", "Cy"))
    cohort = cohort_of(ada, bo, cy, at=at)
    challenge = challenges.challenge_cohort(creator=ada, cohort_id=cohort.pk, skill=algebra, at=at)
    assert challenges.challenge_cohort(creator=bo, cohort_id=cohort.pk, skill=algebra, at=at) == challenge
    for player, right, minutes in ((ada, 3, 1), (bo, 5, 9), (cy, 5, 2)):
        attempt = challenges.play_challenge(challenge=challenge, player=player, at=at)
        assert challenges.play_challenge(challenge=challenge, player=player, at=at) == attempt
        end = at + timedelta(minutes=minutes)
        answer_all(attempt, right=right, at=at)
        completion.finish_attempt(attempt=attempt, at=end)
    ranks = [(row["name"], row["score"]) for row in challenge.standings()]
    assert ranks == [("Cy", 100), ("Bo", 100), ("Ada", 60)]


def test_challenges_are_for_members_in_time_and_within_the_cap(algebra: Skill, at: datetime) -> None:
    ada, dee = person("Ada", at=at), person("Dee", at=at)
    cohort = cohort_of(ada, at=at)
    with pytest.raises(challenges.NotInCohort):
        challenges.challenge_cohort(creator=dee, cohort_id=cohort.pk, skill=algebra, at=at)
    skills = list(Skill.objects.practicable())[:6]
    for skill in skills[:5]:
        challenges.challenge_cohort(creator=ada, cohort_id=cohort.pk, skill=skill, at=at)
    with pytest.raises(ActionRefused) as refusal:
        challenges.challenge_cohort(creator=ada, cohort_id=cohort.pk, skill=skills[5], at=at)
    assert refusal.value.reason == "daily_cap"
    assert Decision.objects.filter(type="create_challenge", outcome="refuse").count() == 1
    challenge = CohortChallenge.objects.first()
    assert challenge is not None
    with pytest.raises(challenges.NotInCohort):
        challenges.play_challenge(challenge=challenge, player=dee, at=at)
    with pytest.raises(challenges.ChallengeOver):
        challenges.play_challenge(challenge=challenge, player=ada, at=at + timedelta(hours=24))


# -- Practicing together -----------------------------------------------------------------------------------
def test_two_friends_have_one_deck_from_either_side(algebra: Skill, at: datetime) -> None:
    ada, bo, cy = (person(name, at=at) for name in ("Ada", "Bo", "Cy"))
    befriend(ada, bo, at)
    together = co_practice.start_co_practice(host=ada, friend=bo, skill=algebra, at=at)
    assert co_practice.start_co_practice(host=bo, friend=ada, skill=algebra, at=at + timedelta(hours=1)) == together
    with pytest.raises(co_practice.NotFriends):
        co_practice.start_co_practice(host=ada, friend=cy, skill=algebra, at=at)
    with pytest.raises(co_practice.NotFriends):
        co_practice.join_co_practice(co_practice=together, player=cy, at=at)
    attempt = co_practice.join_co_practice(co_practice=together, player=bo, at=at)
    answer = attempt.answers.get(position=0)
    attempts.answer_question(attempt=attempt, position=0, choice=answer.question.answer, at=at)
    players = queries.participants_of(CoPractice.objects.select_related("host", "friend").get())
    assert [(one.name, one.answered, one.right, one.total) for one in players] == [
        ("Ada L.", 0, 0, 5),
        ("Bo L.", 1, 1, 5),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_friends_who_ask_each_other_at_once_have_one_deck(algebra: Skill, at: datetime) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    befriend(ada, bo, at)

    def ask(pair: tuple[User, User]) -> int:
        try:
            return co_practice.start_co_practice(host=pair[0], friend=pair[1], skill=algebra, at=at).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, [(ada, bo), (bo, ada)] * 2))) == 1
    assert CoPractice.objects.count() == 1


# -- Rights ------------------------------------------------------------------------------------------------
def test_withdrawn_consent_and_erasure_leave_nothing(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    cohort = cohort_of(ada, bo, at=at)
    say(ada, cohort.pk, "Hi", at)
    with committed():
        practice(ada, algebra, at=at)
    activities.react(user=ada, activity=Activity.objects.get(), kind="clap", at=at)
    with committed():
        erasure.erase_account(user=ada, by=ada, at=at)
    assert (Message.objects.count(), Activity.objects.count(), Reaction.objects.count()) == (0, 0, 0)
    assert Result.objects.count() == 1
