"""Badges: earned once, announced once, shown with what is still locked."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.factories import Committed, browser, counting, person, practice, statements, take_test
from viral_engine.accounts.models import User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.services import announce
from viral_engine.learning.events import ChallengeWon, PracticeCompleted
from viral_engine.learning.models import Achievement, Progress, Skill, Subject
from viral_engine.learning.queries.badges import badges_of
from viral_engine.learning.rules.badges import streak_badges, win_badges
from viral_engine.learning.services import achievements

pytestmark = pytest.mark.django_db


def earned_by(user: User) -> list[tuple[str, str | None]]:
    return list(Achievement.objects.filter(user=user).order_by("pk").values_list("kind", "skill__slug"))


def announced() -> list[dict[str, object]]:
    found = LoggedEvent.objects.filter(type="achievement_earned").order_by("pk")
    return list(found.values_list("properties", flat=True))


@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        (6, ()),
        (7, ("streak_7",)),
        (30, ("streak_7", "streak_30")),
        (365, ("streak_7", "streak_30", "streak_100")),
    ],
)
def test_streaks_earn_badges(days: int, kinds: tuple[str, ...]) -> None:
    assert streak_badges(days) == kinds


@pytest.mark.parametrize(("won", "count"), [(0, 0), (1, 1), (9, 1), (10, 2), (50, 3)])
def test_victories_earn_badges(won: int, count: int) -> None:
    assert len(win_badges(won)) == count


def test_the_third_attempt_at_90_masters_a_skill_once(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada = person("Ada")
    for number, right in enumerate((5, 4, 5, 5, 5)):
        with committed():
            practice(ada, algebra, right=right, at=at + timedelta(minutes=5 * number))
        assert (earned_by(ada) == [("skill_mastery", "algebra")]) is (number >= 3)
    assert announced() == [{"kind": "skill_mastery", "title": "Algebra mastered", "skill": "algebra"}]
    from_attempts = 4 * 30 + 10 + 5
    assert Progress.objects.get(user=ada).xp == from_attempts + 100


def test_mastery_of_many_learners_reads_skills_once(algebra: Skill, at: datetime) -> None:
    def cost(count: int) -> int:
        events = []
        for number in range(count):
            ada = person(f"Ada{count}-{number}", email=None)
            for minute in (0, 5, 10):
                result = practice(ada, algebra, right=5, at=at + timedelta(minutes=minute))
            finished = PracticeCompleted(
                actor_id=ada.pk,
                attempt_id=str(result.pk),
                subject="math",
                skill="algebra",
                kind="practice",
                score=100,
                duration_s=60,
            )
            events += [(finished, at)] * 2  # two of one batch earn one badge
        with counting() as captured:
            achievements.award_for_attempts(events)
        return len([line for line in statements(captured) if line.startswith("SELECT") and "learning_skill" in line])

    assert cost(1) == cost(3)
    assert Achievement.objects.filter(kind="skill_mastery").count() == 4


def test_a_test_keeps_a_streak_and_earns_its_badge(math: Subject, at: datetime, committed: Committed) -> None:
    ada = person("Ada")
    for day in range(8):
        with committed():
            take_test(ada, math, right=10, at=at + timedelta(days=day))
    assert earned_by(ada) == [("streak_7", None)]
    assert announced() == [{"kind": "streak_7", "title": "7 days in a row", "skill": ""}]


def test_challenges_won_earn_badges(at: datetime, committed: Committed) -> None:
    ada = person("Ada")
    for number in range(11):
        with committed():
            won = ChallengeWon(actor_id=ada.pk, challenge_id=number, score=80, score_to_beat=60)
            announce(won, at=at, key=f"won:{number}")
    assert earned_by(ada) == [("challenges_won_1", None), ("challenges_won_10", None)]
    assert Progress.objects.get(user=ada).xp == 200


def test_a_badge_is_one_row(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    assert achievements.award_badge(user_id=ada.pk, kind="streak_7", skill=None, at=at) is True
    assert achievements.award_badge(user_id=ada.pk, kind="streak_7", skill=None, at=at) is False
    assert achievements.award_badge(user_id=ada.pk, kind="skill_mastery", skill=algebra, at=at) is True
    assert (Progress.objects.get(user=ada).xp, len(announced())) == (200, 2)
    for kind, skill in (
        ("streak_7", None),
        ("skill_mastery", algebra),
        ("skill_mastery", None),
        ("streak_30", algebra),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Achievement.objects.create(user=ada, kind=kind, skill=skill, earned_at=at)


def test_locked_badges_say_how_far_they_are(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    for number in range(2):
        practice(ada, algebra, right=5, at=at + timedelta(minutes=5 * number))
    achievements.award_badge(user_id=ada.pk, kind="challenges_won_1", skill=None, at=at)
    found = badges_of(ada, at)
    assert (found[0].kind, found[0].earned_at, found[0].done) == ("challenges_won_1", at, 1)
    progress = {badge.title: (badge.done, badge.needed) for badge in found}
    assert progress["Algebra mastered"] == (2, 3)
    assert progress["7 days in a row"] == (1, 7)
    assert len(found) == 6 + Skill.objects.count()
    client = browser(ada)
    page = client.get("/badges/").content.decode()
    assert f"1 of {len(found)} earned" in page
    assert "Locked: 2 of 3" in page
    assert "First challenge won" in client.get("/").content.decode()
    with counting() as captured:
        badges_of(ada, at)
    assert len(statements(captured)) == 5
