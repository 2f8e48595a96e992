"""One question asked at several doors gets one answer at every instant, in every time zone: the site's day decides."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from pytest_django import Settings

from feeds.models import Activity, CohortChallenge, Message
from feeds.services.activities import activity_visibility
from feeds.services.challenges import challenge_cohort
from feeds.services.chat import MessageRefused, post_message
from leaderboards.models import Standing
from leaderboards.queries import period_of
from loops.core.links import record_touch
from loops.core.payment_checks import waits_for_a_parent
from loops.core.rewards.grants import NoParentYet, grant_reward
from loops.core.shop import wait_for_parent
from loops.models import DailyRewardTotal, Prompt
from loops.tutor_spotlight.bookings import is_too_young
from tests.factories import Committed, browser, cohort_of, link_of, person, practice
from viral_engine.accounts.models import User
from viral_engine.accounts.queries import public_name_of, social_summary
from viral_engine.accounts.rules import age_on
from viral_engine.accounts.services.friends import friends_refusal
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.clock import midnight, today
from viral_engine.learning.models import Progress, Skill
from viral_engine.safety.services import evaluate_action

pytestmark = pytest.mark.django_db
ZONES = ["Pacific/Pago_Pago", "America/New_York", "UTC", "Asia/Kolkata", "Asia/Tokyo", "Pacific/Kiritimati"]
BIRTHDAY = date(2026, 3, 4)
MINUTE = timedelta(minutes=1)
AROUND_MIDNIGHT = [-MINUTE, timedelta(0), timedelta(hours=23, minutes=59)]


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.TIME_ZONE = request.param
    return str(request.param)


def born(years: int) -> date:
    return BIRTHDAY.replace(year=BIRTHDAY.year - years)


def may_chat(user: User, cohort_id: int, at: datetime) -> bool:
    try:
        return isinstance(post_message(author=user, cohort_id=cohort_id, text="Hello", key=uuid4(), at=at), Message)
    except MessageRefused:
        return False


def is_paid(user: User, at: datetime) -> bool:
    try:
        entry = grant_reward(
            user=user, kind="ai_tutor_minutes", amount=1, reason="Test", key=f"{at}", at=at, loop="proud_parent"
        )
    except NoParentYet:
        return False
    return entry.user_id == user.pk


def doors_of_a_teenager(user: User, cohort_id: int, at: datetime) -> dict[str, bool]:
    """The answer of each page to a learner without a parent's consent: True from the thirteenth birthday on."""
    with time_machine.travel(at, tick=False):
        profile = viewer_profile_of(user)
    return {
        "safety": evaluate_action(user=user, action="social_sharing", at=at).is_allowed,
        "friends": friends_refusal(user, at) == "",
        "presence": profile.may_enter and not profile.is_child,
        "home": not social_summary(user, at).practices_alone,
        "chat": may_chat(user, cohort_id, at),
        "shop": not wait_for_parent(user, at),
        "booking": not is_too_young(user, at),
        "referral": not waits_for_a_parent(user, at),
        "reward": is_paid(user, at),
        "feed": activity_visibility(user, today=today(at)).is_for_friends,
        "age gate": age_on(born(13), today(at)) >= 13,
    }


@pytest.mark.parametrize("after", AROUND_MIDNIGHT)
def test_a_thirteenth_birthday_begins_at_every_door_at_once(zone: str, after: timedelta) -> None:
    at = midnight(BIRTHDAY) + after
    ada = person("Ada", birthdate=born(13), date_joined=at - timedelta(days=30))
    answers = doors_of_a_teenager(ada, cohort_of(ada, at=at).pk, at)
    assert answers == dict.fromkeys(answers, after >= timedelta(0))


@pytest.mark.parametrize("after", AROUND_MIDNIGHT)
def test_the_age_gate_shows_the_form_of_the_sites_day(zone: str, after: timedelta) -> None:
    client = browser()
    with time_machine.travel(midnight(BIRTHDAY) + after, tick=False):
        client.post("/signup/", {"year": 2013, "month": 3, "day": 4})
        page = client.get("/signup/details/").content.decode()
    assert ('name="email"' in page) is (after >= timedelta(0))


@pytest.mark.parametrize("after", AROUND_MIDNIGHT)
def test_a_name_is_public_from_the_eighteenth_birthday_on(zone: str, after: timedelta) -> None:
    at = midnight(BIRTHDAY) + after
    assert (public_name_of(person("Ada", birthdate=born(18)), at) == "Ada") is (after >= timedelta(0))


@pytest.mark.parametrize("after", AROUND_MIDNIGHT)
def test_everything_that_counts_by_day_counts_on_the_same_day(
    zone: str, after: timedelta, algebra: Skill, committed: Committed
) -> None:
    at = midnight(BIRTHDAY) + after
    ada, bo = (person(name, at=at - timedelta(days=30)) for name in ("Ada", "Bo"))
    cohort = cohort_of(ada, at=at)
    with committed():
        practice(ada, algebra, right=5, at=at - MINUTE)  # it takes a minute
    with committed():
        challenge = challenge_cohort(creator=ada, cohort_id=cohort.pk, skill=algebra, at=at)
    grant_reward(user=ada, kind="streak_shield", amount=1, reason="Test", key="day", at=at)
    touch = record_touch(
        link=link_of(ada, at), visitor=str(bo.person_id), guest_id="", user_id=bo.pk, channel="", campaign="", at=at
    )
    assert touch is not None
    expected = BIRTHDAY if after >= timedelta(0) else BIRTHDAY - timedelta(days=1)
    assert {
        "streak": Progress.objects.get(user=ada).last_active_on,
        "prompt": Prompt.objects.earliest("pk").offered_on,
        "cap": DailyRewardTotal.objects.get(user=ada, kind="streak_shield").on,
        "touch": touch.clicked_on,
        "challenge": challenge.day,
        "today": today(at),
    } == dict.fromkeys(("streak", "prompt", "cap", "touch", "challenge", "today"), expected)
    assert CohortChallenge.objects.count() == 1
    assert Activity.objects.filter(actor=ada).exists()


def test_a_week_of_the_boards_begins_on_the_sites_monday(zone: str, algebra: Skill, committed: Committed) -> None:
    monday = midnight(date(2026, 3, 9))
    ada = person("Ada", at=monday - timedelta(days=30))
    with committed():
        for at in (monday - 2 * MINUTE, monday):
            practice(ada, algebra, at=at)
    weeks = set(Standing.objects.exclude(period="all").values_list("period", flat=True))
    assert weeks == {"2026-W10", "2026-W11"} == {period_of("week", at) for at in (monday - MINUTE, monday)}


def test_a_day_has_two_edges_in_a_zone_that_skips_midnight(settings: Settings) -> None:
    settings.TIME_ZONE = "Africa/Cairo"  # 2026-04-24 begins at 01:00
    first = midnight(date(2026, 4, 24))
    assert (today(first), today(first - MINUTE)) == (date(2026, 4, 24), date(2026, 4, 23))
    assert first.astimezone(UTC) == datetime(2026, 4, 23, 22, tzinfo=UTC)
