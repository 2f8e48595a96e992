"""The next skill that a subject's page and the Personalization agent recommend."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from loops.core.personalization import get_recommendations
from tests.factories import browser, counting, person, practice, statements
from viral_engine.learning.models import Skill
from viral_engine.learning.rules.advice import SkillRecord, next_skills

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


def test_the_weakest_comes_first_and_nothing_twice() -> None:
    records = [
        SkillRecord("algebra", "math", 90.0, TODAY),
        SkillRecord("fractions", "math", 40.0, TODAY),
        SkillRecord("geometry", "math"),
    ]
    found = next_skills(records, TODAY, 5)
    assert [slug for slug, _ in found] == ["fractions", "geometry", "algebra"]
    assert found[0][1] == "You are at 40%. Practice it again to make it stick."
    assert next_skills([], TODAY, 3) == []


def test_a_learner_reads_what_to_take_next_and_why(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    practice(ada, algebra, right=1, at=at)
    client = browser(ada)
    with time_machine.travel(at + timedelta(hours=1), tick=False), counting() as captured:
        page = client.get("/subjects/math/").content.decode()
    assert page.index("Best for you now") < page.index("Pick a skill")
    assert "You are at 20%. Practice it again to make it stick." in page
    assert len(statements(captured)) <= 9
    found = get_recommendations(ada, algebra.subject, at + timedelta(hours=1))
    assert found[0] == {
        "content_id": "algebra",
        "title": "Algebra",
        "reason": "You are at 20%. Practice it again to make it stick.",
    }


def test_before_the_first_attempt_there_is_nothing_to_recommend(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    assert get_recommendations(ada, algebra.subject, at) == []
    assert "Best for you now" not in browser(ada).get("/subjects/math/").content.decode()


def test_a_parent_is_recommended_nothing(algebra: Skill, at: datetime) -> None:
    page = browser(person("Grace", age=40, role="parent", grade=None)).get("/subjects/math/").content.decode()
    assert "Best for you now" not in page
    assert "Pick a skill" in page
