"""A learner's grade decides their first skill, how hard practice is, and which board opens."""

import re
from datetime import timedelta

import pytest

from leaderboards.rules import BANDS
from tests.factories import browser, person, practice
from viral_engine.kernel.clock import now
from viral_engine.learning.bank import catalogue as bank
from viral_engine.learning.models import Skill
from viral_engine.learning.queries.home import home_page, subject_skills
from viral_engine.learning.queries.results import result_page
from viral_engine.learning.rules.advice import SkillRecord, next_skill
from viral_engine.learning.rules.grades import levels_for
from viral_engine.learning.services.attempts import start_practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.mark.parametrize(
    ("grade", "first"),
    [
        (1, "main-idea"),
        (3, "main-idea"),
        (4, "fractions"),
        (5, "geometry"),
        (6, "algebra"),
        (12, "algebra"),
        (None, "algebra"),
    ],
)
def test_the_first_skill_is_one_of_the_grade(grade: int | None, first: str) -> None:
    page = home_page(person("Ada", grade=grade), now())
    assert page.next_skill is not None
    assert (page.next_skill.slug, page.next_reason) == (first, "A good one to start with.")


def test_a_fourth_grader_is_sent_to_no_skill_of_later_grades() -> None:
    ada = person("Ada", grade=4, age=9)
    fractions = Skill.objects.select_related("subject").get(slug="fractions")
    result = practice(ada, fractions, right=5, at=now() - timedelta(minutes=5))
    found = home_page(ada, now()).next_skill
    assert found is not None
    assert found.first_grade <= 4
    recommended = [skill.slug for skill, _ in subject_skills(ada, fractions.subject, now()).recommended]
    assert recommended[0] == "fractions"
    after = result_page(result.attempt, result)
    assert after.next_skill is None or after.next_skill.first_grade <= 4


def test_the_only_skill_of_all_is_offered_whatever_the_grade() -> None:
    assert next_skill([SkillRecord("algebra", "math", first_grade=6)], now().date(), 2)[0] == "algebra"
    assert next_skill([], now().date(), 2) == ("", "")


@pytest.mark.parametrize(
    ("grade", "first_grade", "levels"),
    [
        (4, 6, {"easy"}),
        (6, 6, {"easy", "medium"}),
        (7, 6, {"easy", "medium"}),
        (8, 6, {"easy", "medium", "hard"}),
        (12, 6, {"medium", "hard"}),
        (None, 6, {"easy", "medium", "hard"}),
    ],
)
def test_practice_is_as_hard_as_the_grade(grade: int | None, first_grade: int, levels: set[str]) -> None:
    assert set(levels_for(grade, first_grade)) == levels
    ada = person("Ada", grade=grade)
    algebra = Skill.objects.select_related("subject").get(slug="algebra")
    for _ in range(3):
        attempt = start_practice(user=ada, skill=algebra, at=now())
        assert set(attempt.answers.values_list("question__difficulty", flat=True)) <= levels
    assert algebra.first_grade == first_grade


def test_a_skill_with_too_few_easy_questions_is_still_practiced() -> None:
    algebra = Skill.objects.select_related("subject").get(slug="algebra")
    easy = algebra.questions.filter(difficulty="easy")
    easy.exclude(pk__in=easy[:2]).update(is_active=False)
    attempt = start_practice(user=person("Ada", grade=4), skill=algebra, at=now())
    assert sorted(attempt.answers.values_list("question__difficulty", flat=True)).count("easy") == 2
    assert attempt.answers.count() == 5


def test_every_skill_of_the_bank_has_a_grade_of_school() -> None:
    drafted = {skill.slug: skill.first_grade for subject in bank() for skill in subject.skills}
    assert dict(Skill.objects.values_list("slug", "first_grade")) == drafted
    assert all(1 <= grade <= 12 for grade in drafted.values())


@pytest.mark.parametrize(("grade", "band"), [(4, "1-5"), (7, "6-8"), (9, "9-12"), (None, "")])
def test_boards_open_on_the_grade_band(grade: int | None, band: str) -> None:
    client = browser(person("Ada", grade=grade))

    def chosen(query: str = "") -> list[str]:
        return re.findall(r'<option value="([^"]*)" selected', client.get(f"/leaderboards/{query}").content.decode())

    assert band in {"", *BANDS}
    assert chosen()[-1] == band
    assert chosen("?subject=math&who=")[-1] == ""
    assert chosen("?who=9-12")[-1] == "9-12"
