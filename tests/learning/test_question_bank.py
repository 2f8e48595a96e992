"""The question bank: every question of every skill has exactly one right answer."""

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import befriend, browser, person, practice
from viral_engine.learning.bank import catalogue, math_questions
from viral_engine.learning.bank.math.claims import ClaimError, holds, value_of
from viral_engine.learning.bank.math.generator import draft_of, faults
from viral_engine.learning.bank.math.items import SkillPlan, choice, number, order
from viral_engine.learning.bank.math.plans import PLANS
from viral_engine.learning.models import Answer, Question, Skill
from viral_engine.learning.rules.answers import UnreadableAnswer, is_right_text, judge_order, judge_text, number_of
from viral_engine.learning.rules.mastery import GradeMastery, by_grade
from viral_engine.learning.rules.review import PastAnswer, choose_questions, due_questions
from viral_engine.learning.services import attempts
from viral_engine.learning.services.attempts import AnswerRefused
from viral_engine.learning.services.catalogue import load_catalogue

MATH, READING, SCIENCE = catalogue()
SKILLS = {skill.slug: skill for subject in (MATH, READING, SCIENCE) for skill in subject.skills}


# -- The bank ------------------------------------------------------------------------------------------------
def test_the_bank_covers_grades_1_to_12_in_four_kinds() -> None:
    assert [subject.name for subject in (MATH, READING, SCIENCE)] == ["Math", "Reading", "Science"]
    assert len(MATH.skills) == 38
    assert {skill.first_grade for skill in MATH.skills} == set(range(1, 13))
    assert {len(skill.questions) for skill in MATH.skills} == {40}
    kinds = Counter(question.kind for skill in MATH.skills for question in skill.questions)
    assert min(kinds[kind] for kind in ("choice", "number", "order", "fill")) >= 80


@pytest.mark.parametrize("slug", SKILLS)
def test_a_skill_has_sound_and_varied_questions(slug: str) -> None:
    questions = SKILLS[slug].questions
    levels = Counter(question.difficulty for question in questions)
    is_math = SKILLS[slug] in MATH.skills
    assert levels == ({"easy": 14, "medium": 16, "hard": 10} if is_math else {"easy": 8, "medium": 10, "hard": 6})
    assert len({(one.passage, one.prompt, *one.accepts) for one in questions}) == len(questions)
    for question in questions:
        assert len(set(question.choices)) == 4, question.prompt
        assert 0 <= question.answer <= 3
        assert min(map(len, (question.prompt, question.explanation))) >= 8, question.key
        if is_math:
            assert question.hints, question.prompt
            assert len(question.steps) >= 2, question.prompt
    # Numbers aside, a skill asks in many ways.
    forms = {re.sub(r"[-\d.,]+", "#", question.prompt) for question in questions}
    assert len(forms) >= 6, forms


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)
def test_each_question_of_another_seed_has_one_right_answer(plan: SkillPlan) -> None:
    """Drawing proves each question; a template that cannot be proved raises."""
    assert len(list(math_questions(plan, "another"))) == 40


def test_the_right_answer_takes_every_place() -> None:
    places = Counter(question.answer for skill in SKILLS.values() for question in skill.questions)
    shares = [places[place] / places.total() for place in range(4)]
    assert min(shares) > 0.2
    assert max(shares) < 0.3


def questions_like(slug: str, pattern: str) -> list[tuple[list[int], Fraction]]:
    """(the numbers in a prompt, its right answer) for prompts of a pattern."""
    found = []
    for question in SKILLS[slug].questions:
        plain = question.prompt.replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "*")
        if match := re.fullmatch(pattern, plain):
            found.append(([int(part) for part in match.groups()], value_of(question.choices[question.answer])))
    return found


def test_answers_come_out_right_from_the_text_alone() -> None:
    """Worked out again here, without the templates' claims."""
    sums = questions_like("fractions", r"What is (\d+)/(\d+) \+ (\d+)/(\d+)\?")
    products = questions_like("fractions", r"What is (\d+)/(\d+) \* (\d+)/(\d+)\?")
    equations = questions_like("algebra", r"Solve (\d+)x \+ (\d+) = (\d+)\.")
    shares = questions_like("percentages", r"What is (\d+)% of (\d+)\?")
    assert min(map(len, (sums, products, equations, shares))) >= 1
    assert [answer for _, answer in sums] == [Fraction(a, b) + Fraction(c, d) for (a, b, c, d), _ in sums]
    assert [answer for _, answer in products] == [Fraction(a * c, b * d) for (a, b, c, d), _ in products]
    assert all(a * answer + b == total for (a, b, total), answer in equations)
    assert all(answer == Fraction(p * whole, 100) for (p, whole), answer in shares)


# -- The checker ---------------------------------------------------------------------------------------------
GOOD = number("What is 6 * 7?", 42, [13, 36, 48], ["Six sevens.", "6 * 7 = 42."], "x == 6 * 7", "Count by 7.")
TWO_RIGHT = choice("Which one is even?", 4, [6, 7, 9], ["Halve it.", "4 is even."], "x % 2 == 0", "Halve it.")
EQUAL_PARTS = order(
    "Sort.", [("1/2", Fraction(1, 2)), ("2/4", Fraction(1, 2)), ("1/3", Fraction(1, 3)), ("1", 1)], "Halves."
)


def test_the_checker_accepts_one_right_answer_and_nothing_else() -> None:
    good = draft_of("test", "easy", GOOD)
    assert good is not None
    assert faults(GOOD, good) == []
    for wrong in (replace(GOOD, answer=43), replace(GOOD, claim="x > 40"), replace(GOOD, claim="x ==")):
        draft = draft_of("test", "easy", wrong)
        assert draft is not None
        assert faults(wrong, draft) != []
    two = draft_of("test", "easy", TWO_RIGHT)
    assert two is not None
    assert "is true of" in faults(TWO_RIGHT, two)[0]
    assert draft_of("test", "easy", EQUAL_PARTS) is None


@pytest.mark.parametrize("text", ["__import__('os')", "x.real == 1", "open(1)", "[x]", "2 ** 5000", "1 if x else 2"])
def test_a_claim_is_arithmetic_and_nothing_else(text: str) -> None:
    with pytest.raises(ClaimError):
        holds(text, Fraction(1))


# -- Typed answers -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "right", "is_right"),
    [
        ("0.5", "1/2", True),
        (" 2 / 4 ", "1/2", True),
        ("50%", "1/2", True),
        (".5", "1/2", True),
        ("1 1/2", "3/2", True),
        ("\N{MINUS SIGN}3", "-3", True),
        ("- 3", "\N{MINUS SIGN}3", True),
        ("$12.50", "$12.5", True),
        ("1,250", "1250", True),
        ("35", "35%", True),
        ("0.35", "35%", True),
        ("35%", "35", False),
        ("12,5", "125", False),
        ("1/0", "1/2", False),
        ("five", "5", False),
        ("Hexagon.", "hexagon", True),
    ],
)
def test_equal_forms_count(typed: str, right: str, is_right: bool) -> None:
    assert is_right_text(typed, right) is is_right


@given(st.fractions(min_value=-999, max_value=999, max_denominator=99))
def test_a_fraction_equals_itself_in_any_form(value: Fraction) -> None:
    assert number_of(str(value)) == (value, False)
    assert is_right_text(f"{value.numerator * 3}/{value.denominator * 3}", str(value))
    assert not is_right_text(str(value + 1), str(value))


@given(st.text(max_size=60))
def test_any_text_is_judged_or_refused(text: str) -> None:
    try:
        judged = judge_text("number", text, choices=["1", "2", "3", "4"], answer=0, accepts=[])
    except UnreadableAnswer:
        return
    assert judged.is_right is (judged.choice == 0)


def test_an_order_is_right_or_wrong_or_not_an_order() -> None:
    key: dict[str, Any] = {
        "choices": ["1, 2, 3", "2, 1, 3", "3, 2, 1", "1, 3, 2"],
        "answer": 0,
        "accepts": ["1", "2", "3"],
    }
    parts = ["3", "1", "2"]
    assert judge_order([1, 2, 0], parts, **key).is_right
    assert judge_order([2, 1, 0], parts, **key).choice == 1
    for bad in ([], [0, 0, 1], [0, 1, 3], [-1, 0, 1]):
        with pytest.raises(UnreadableAnswer):
            judge_order(bad, parts, **key)


# -- Review and mastery --------------------------------------------------------------------------------------
def test_a_wrong_answer_comes_back_after_1_3_and_7_days(at: datetime) -> None:
    def after(*answers: tuple[int, bool], day: float) -> list[int]:
        history = [
            PastAnswer(1, 5, is_active=True, is_right=is_right, at=at + timedelta(days=on)) for on, is_right in answers
        ]
        return due_questions(history, at + timedelta(days=day))

    assert after((0, True), day=90) == []
    assert after((0, False), day=0) == [5]
    assert after((0, False), (0, True), day=0.9) == []
    assert after((0, False), (0, True), day=1) == [5]
    assert after((0, False), (0, True), (1, True), day=3.9) == []
    assert after((0, False), (0, True), (1, True), day=4) == [5]
    assert after((0, False), (0, True), (1, True), (4, True), day=11) == [5]
    assert after((0, False), (0, True), (1, True), (4, True), (11, True), day=400) == []
    assert after((0, False), (0, True), (1, False), day=1) == [5]


def test_a_practice_mixes_review_with_new_questions(at: datetime) -> None:
    levels = {"easy": [1, 2, 3, 4], "medium": [5, 6, 7, 8], "hard": [9]}
    history = [PastAnswer(1, pk, is_active=True, is_right=False, at=at) for pk in (1, 2, 3, 5)]
    chosen = choose_questions(levels, history, count=5, levels=("easy", "medium"), at=at, dice=Random(1))
    assert len(set(chosen)) == 5
    assert len({1, 2, 3, 5} & set(chosen)) == 3
    assert 9 not in chosen
    assert sorted(choose_questions(levels, history, count=9, levels=("easy",), at=at, dice=Random(1))) == [
        *range(1, 10)
    ]
    assert len(choose_questions(levels, [], count=10, levels=("easy",), at=at, dice=Random(1))) == 9


def test_mastery_of_a_grade_adds_the_stars_of_its_skills() -> None:
    assert by_grade([(4, 3), (4, 1), (2, 0)]) == [
        GradeMastery(grade=2, stars=0, skills=1, mastered=0),
        GradeMastery(grade=4, stars=4, skills=2, mastered=1),
    ]


# -- In the database -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_loading_twice_changes_nothing_and_retires_old_templates() -> None:
    total = load_catalogue()
    assert total == 38 * 40 + 8 * 24
    old = Question.objects.filter(key__startswith="m.algebra.").first()
    assert old is not None
    Question.objects.filter(pk=old.pk).update(key="algebra-easy-01")
    first = list(Question.objects.exclude(pk=old.pk).order_by("key").values_list("pk", "key", "answer"))
    assert load_catalogue() == total
    kept = Question.objects.filter(is_active=True, key__in=[key for _, key, _ in first]).order_by("key")
    assert list(kept.values_list("pk", "key", "answer")) == first
    old.refresh_from_db()
    assert old.is_active is False


def question_of(kind: str) -> Question:
    found = (
        Question.objects.filter(kind=kind, skill__slug="fractions").first()
        or Question.objects.filter(kind=kind).first()
    )
    assert found is not None
    return found


def attempt_at(question: Question, at: datetime, name: str) -> tuple[Client, str]:
    """An attempt of one question, and its page's URL."""
    user = person(name)
    skill = Skill.objects.select_related("subject").get(pk=question.skill_id)
    attempt = attempts.start_practice(user=user, skill=skill, at=at, count=1)
    attempt.answers.update(question=question)
    return browser(user), f"/practice/{attempt.pk}/"


@pytest.mark.parametrize("kind", ["number", "fill"])
def test_a_typed_answer_is_checked_and_explained(catalogue: None, at: datetime, kind: str) -> None:
    question = question_of(kind)
    client, url = attempt_at(question, at, "Ada")
    page = client.get(url).content.decode()
    assert 'name="typed"' in page
    assert "Show four choices" in page
    assert "Hint" in page
    said = client.post(f"{url}answer/", {"position": "0", "typed": "many"}).content.decode()
    assert "Type a number, for example 12, 3/4 or 0.75." in said
    assert 'value="many"' in said
    value = value_of(question.right_choice)
    typed = f"{value.numerator * 2}/{value.denominator * 2}"
    said = client.post(f"{url}answer/", {"position": "0", "typed": typed}).content.decode()
    assert "Right." in said
    assert "Step by step" in said
    answer = Answer.objects.get()
    assert (answer.response, answer.choice, answer.is_correct) == (typed, question.answer, True)


def test_an_order_is_answered_place_by_place(catalogue: None, at: datetime) -> None:
    question = question_of("order")
    client, url = attempt_at(question, at, "Bo")
    assert client.get(url).content.decode().count('name="order"') == 4
    for gap in ({"order": ["0", "0", "1", "2"]}, {"order": ["", "1", "2", "3"]}):
        said = client.post(f"{url}answer/", {"position": "0"} | gap).content.decode()
        assert "Use each one exactly once." in said
    backwards = [str(question.parts.index(part)) for part in reversed(question.accepts)]
    said = client.post(f"{url}answer/", {"position": "0", "order": backwards}).content.decode()
    assert "Not quite." in said
    answer = Answer.objects.get()
    assert answer.response == ", ".join(reversed(question.accepts))
    assert answer.own_choice == answer.response


def test_a_question_of_any_kind_takes_a_choice_but_no_choice_question_takes_text(catalogue: None, at: datetime) -> None:
    skill = Skill.objects.select_related("subject").get(slug="fractions")
    for name, kind in (("Ada", "number"), ("Bo", "order"), ("Cy", "fill")):
        question = question_of(kind)
        attempt = attempts.start_practice(user=person(name), skill=skill, at=at, count=1)
        attempt.answers.update(question=question)
        given = attempts.answer_question(attempt=attempt, position=0, choice=question.answer, at=at)
        assert (given.is_correct, given.response, given.own_choice) == (True, "", question.right_choice)
    attempt = attempts.start_practice(user=person("Dee"), skill=skill, at=at, count=1)
    attempt.answers.update(question=question_of("choice"))
    with pytest.raises(AnswerRefused, match="Choose an answer first"):
        attempts.answer_question(attempt=attempt, position=0, typed="1/2", at=at)


def test_the_learner_chooses_the_number_and_meets_mistakes_again(algebra: Skill) -> None:
    ada = person("Ada")
    client = browser(ada)
    url = client.post("/practice/start/algebra/", {"count": "10"}).headers["location"]
    assert "Question 1 of 10" in client.get(url).content.decode()
    assert client.post("/practice/start/geometry/", {"count": "1000"}).status_code == 302
    assert list(Answer.objects.values_list("attempt__skill__slug").distinct().order_by("attempt__skill__slug")) == [
        ("algebra",),
        ("geometry",),
    ]
    assert Answer.objects.filter(attempt__skill__slug="geometry").count() == 5


def test_the_menu_shows_stars_grades_and_what_to_review(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    practice(ada, algebra, right=5, at=at)
    practice(ada, algebra, right=2, at=at + timedelta(minutes=5))
    page = browser(ada).get("/practice/").content.decode()
    assert "Ready for review" in page
    assert "3 to review" in page
    assert 'aria-label="1 of 3 stars"' in page
    assert "0 of 3 mastered" in page  # grade 6: algebra, percentages, integers


@pytest.mark.django_db
def test_staff_preview_stored_and_newly_drawn_questions(algebra: Skill) -> None:
    boss = person("Admin", is_staff=True, is_superuser=True)
    client = browser(boss)
    path = f"/admin/learning/skill/{algebra.pk}/preview/"
    stored = client.get(path).content.decode()
    drawn = client.get(path, {"seed": "7"}).content.decode()
    assert "Stored and active: 40 questions." in " ".join(stored.split())
    assert "Drawn with the seed" in drawn
    assert Question.objects.filter(skill=algebra).count() == 40
    assert browser(person("Ada")).get(path).status_code == 404


def test_a_result_offers_friends_as_study_buddies(algebra: Skill, at: datetime) -> None:
    ada, bo, cy = person("Ada"), person("Bo"), person("Cy")
    befriend(ada, bo)
    result = practice(ada, algebra, at=at)
    client = browser(ada)
    assert "/together/buddies/algebra/" in client.get(f"/results/{result.pk}/").content.decode()
    panel = client.get("/together/buddies/algebra/").content.decode()
    assert f'<option value="{bo.pk}">Bo L.</option>' in panel
    assert f'value="{cy.pk}"' not in panel
    assert client.post("/together/", {"friend": bo.pk, "skill": "algebra"}).status_code == 302
    assert "Add a friend" in browser(cy).get("/together/buddies/algebra/").content.decode()
