"""Badges in the stream: earned once, posted once, drawn and sent with their title and an icon."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from feeds import fragments, queries
from feeds.models import Activity
from tests.factories import Committed, child, cohort_of, person
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.learning.models import Skill
from viral_engine.learning.services.achievements import award_badge

pytestmark = pytest.mark.django_db


def test_badges_of_streaks_and_skills_are_posted_once(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    cohort = cohort_of(ada, bo, at=at)
    for kind, skill in (("streak_7", None), ("skill_mastery", algebra), ("streak_7", None)):
        with committed():
            award_badge(user_id=ada.pk, kind=kind, skill=skill, at=at)
    found = queries.cohort_stream(cohort.pk, viewer_profile_of(bo))
    sent = [fragments.activity_payload(one) for one in found]
    assert [(one["type"], one["subject"], one["skill"], one["meta"]) for one in sent] == [
        (
            "achievement_earned",
            "math",
            "algebra",
            {"achievement": "skill_mastery", "achievement_name": "Algebra mastered"},
        ),
        ("achievement_earned", "", "", {"achievement": "streak_7", "achievement_name": "7 days in a row"}),
    ]
    assert [one.is_answerable for one in found] == [False, False]
    drawn = fragments.activity_item(found[1])
    assert "earned the badge <b>7 days in a row</b>" in drawn
    assert "icons.svg#trophy" in drawn
    rooms = queries.recommended_rooms(viewer_profile_of(bo), at=at + timedelta(minutes=1))
    assert [room.slug for room in rooms] == ["math"]  # a streak recommends no room


def test_a_child_without_consent_earns_badges_in_private(algebra: Skill, at: datetime, committed: Committed) -> None:
    kid = child("Comet", at=at)
    cohort_of(kid, at=at)
    with committed():
        award_badge(user_id=kid.pk, kind="streak_7", skill=None, at=at)
    assert Activity.objects.count() == 0


def test_each_kind_of_activity_has_an_icon() -> None:
    assert set(Activity.ICONS) == set(Activity.Kind.values)
    symbols = (settings.BASE_DIR / "viral_engine/static/site/icons.svg").read_text(encoding="utf-8")
    assert [icon for icon in Activity.ICONS.values() if f'id="{icon}"' not in symbols] == []


def test_a_badge_activity_names_its_badge_and_no_other_kind_does(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    with committed():
        award_badge(user_id=ada.pk, kind="streak_7", skill=None, at=at)
    badge = Activity.objects.get().achievement
    wrong = [
        {"kind": "achievement_earned", "skill": algebra},
        {"kind": "practice_completed", "skill": algebra, "achievement": badge},
        {"kind": "diagnostic_completed", "subject": algebra.subject, "achievement": badge},
        {"kind": "practice_completed", "subject": algebra.subject},
    ]
    for number, fields in enumerate(wrong):
        with pytest.raises(IntegrityError), transaction.atomic():
            Activity.objects.create(actor=ada, source=f"wrong:{number}", at=at, **fields)
