import json
import re
from fractions import Fraction

import pytest

from tests.factories import browser, person
from viral_engine.learning.bank import catalogue
from viral_engine.learning.models import Question, Skill
from viral_engine.learning.services.catalogue import load_catalogue

SKILLS = {skill.slug: skill for subject in catalogue() for skill in subject.skills}


def test_three_subjects_and_at_least_twelve_skills() -> None:
    assert [subject.name for subject in catalogue()] == ["Math", "Reading", "Science"]
    assert len(SKILLS) == 13
    assert {"algebra", "geometry", "fractions"} <= set(SKILLS)


@pytest.mark.parametrize("slug", SKILLS)
def test_a_skill_has_24_sound_questions(slug: str) -> None:
    questions = SKILLS[slug].questions
    levels = [question.difficulty for question in questions]
    assert [levels.count(level) for level in ("easy", "medium", "hard")] == [8, 10, 6]
    for question in questions:
        assert len(set(question.choices)) == 4, question.prompt
        assert 0 <= question.answer <= 3
        assert min(map(len, (question.prompt, question.explanation))) > 8, question.key
    assert len({(question.passage, question.prompt) for question in questions}) == 24


def test_the_right_answer_stands_anywhere() -> None:
    places = [question.answer for skill in SKILLS.values() for question in skill.questions]
    shares = [places.count(place) / len(places) for place in range(4)]
    assert min(shares) > 0.15
    assert max(shares) < 0.35


def test_the_bank_is_the_same_at_every_call() -> None:
    assert list(catalogue()) == list(catalogue())


def number(text: str) -> Fraction:
    return Fraction(text.replace("\N{MINUS SIGN}", "-").replace("%", "").replace("$", ""))


def questions_like(slug: str, pattern: str) -> list[tuple[list[int], str]]:
    """(the numbers in a prompt, its right answer) for prompts of a pattern."""
    found = []
    for question in SKILLS[slug].questions:
        match = re.fullmatch(pattern, question.prompt.replace("\N{MINUS SIGN}", "-"))
        if match:
            found.append(([int(part) for part in match.groups()], question.choices[question.answer]))
    return found


def test_equations_are_solved_by_their_answers() -> None:
    """Worked out again here, from the text alone."""
    two_step = questions_like("algebra", r"Solve (\d+)x \+ (\d+) = (\d+)\.")
    assert len(two_step) == 4
    for (a, b, total), answer in two_step:
        assert a * number(answer) + b == total
    for (a, b, c, d), answer in questions_like("algebra", r"Solve (\d+)x \+ (\d+) = (\d+)x \+ (\d+)\."):
        assert a * number(answer) + b == c * number(answer) + d


def test_fractions_come_out_right() -> None:
    sums = questions_like("fractions", r"What is (\d+)/(\d+) \+ (\d+)/(\d+)\?")
    quotients = questions_like("fractions", r"What is (\d+)/(\d+) divided by (\d+)/(\d+)\?")
    assert (len(sums), len(quotients)) == (10, 3)
    for (a, b, c, d), answer in sums:
        assert number(answer) == Fraction(a, b) + Fraction(c, d)
    for (a, b, c, d), answer in quotients:
        assert number(answer) == Fraction(a, b) / Fraction(c, d)


def test_percentages_come_out_right() -> None:
    for (percent, whole), answer in questions_like("percentages", r"What is (\d+)% of (\d+)\?"):
        assert number(answer) == Fraction(percent * whole, 100)
    for (price, percent), answer in questions_like(
        "percentages", r"A bike helmet costs \$(\d+) and is sold at (\d+)% off\..*"
    ):
        assert number(answer) == price * Fraction(100 - percent, 100)


def test_no_wrong_choice_equals_the_right_one_in_value() -> None:
    for slug in ("fractions", "percentages", "integers", "geometry"):
        for question in SKILLS[slug].questions:
            values = [number(choice) for choice in question.choices]
            right = values[question.answer]
            simplest = "simplest form" in question.prompt  # there an unsimplified equal is the very mistake
            assert values.count(right) == 1 or simplest, question.prompt


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    assert load_catalogue() == 312
    first = list(Question.objects.order_by("key").values_list("pk", "key", "answer"))
    assert load_catalogue() == 312
    assert list(Question.objects.order_by("key").values_list("pk", "key", "answer")) == first


@pytest.mark.django_db
def test_a_deploy_keeps_what_staff_edited_and_renews_the_rest(catalogue: None) -> None:
    staff = browser(person("Ada", is_staff=True, is_superuser=True))
    mine, other = Question.objects.order_by("key")[:2]
    address = f"/admin/learning/question/{mine.pk}/change/"
    form = staff.get(address).context["adminform"].form
    sent = {name: form.initial[name] for name in form.fields} | {"prompt": "How much is 2 + 2?"}
    assert staff.post(address, sent | {"choices": json.dumps(mine.choices)}).status_code == 302
    Question.objects.filter(pk=other.pk).update(prompt="An older text.")
    Skill.objects.filter(pk=mine.skill_id).update(name="Renamed by staff")
    load_catalogue()
    mine.refresh_from_db()
    other_text = Question.objects.get(pk=other.pk).prompt
    assert (mine.prompt, mine.skill.name) == ("How much is 2 + 2?", "Renamed by staff")
    assert other_text == other.prompt
