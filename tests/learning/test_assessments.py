"""Tests that end by themselves, diagnostics that adapt, and what both leave behind."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from tests.factories import answer_all, counting, guest, person, practice, statements, take_diagnostic, take_test
from viral_engine.accounts.models import User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning import tasks
from viral_engine.learning.models import Attempt, Progress, Question, Result, Skill, Subject
from viral_engine.learning.services import assessments, attempts, completion
from viral_engine.learning.services.attempts import AnswerRefused, TimeIsUp, TooFewQuestions
from viral_engine.learning.services.completion import AttemptUnfinished

pytestmark = pytest.mark.django_db
TEST = timedelta(minutes=20)


def started(user: User, math: Subject, at: datetime) -> Attempt:
    return assessments.start_practice_test(user=user, subject=math, at=at)


def events(kind: str) -> list[dict[str, object]]:
    return list(LoggedEvent.objects.filter(type=kind).values_list("properties", flat=True))


# -- Practice tests ----------------------------------------------------------------------------------------
def test_a_test_asks_twenty_questions_of_all_skills(math: Subject, at: datetime) -> None:
    attempt = started(person("Ada"), math, at)
    answers = list(attempt.answers.select_related("question__skill"))
    skills = [answer.question.skill for answer in answers]
    assert len({answer.question_id for answer in answers}) == 20
    assert {skill.subject_id for skill in skills} == {math.pk}
    assert {skill.slug for skill in skills} == set(math.skills.values_list("slug", flat=True))
    assert {answer.question.difficulty for answer in answers} == {"easy", "medium", "hard"}
    assert (attempt.skill, attempt.deadline_at, attempt.title) == (None, at + TEST, "Math practice test")


def test_a_test_comes_to_a_result_of_its_subject(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    result = take_test(ada, math, right=16, at=at)
    assert (result.subject, result.skill, result.score, result.correct, result.total) == (math, None, 80, 16, 20)
    assert (result.duration_s, result.xp) == (600, 45)
    assert Progress.objects.get(user=ada).streak_days == 1
    assert events("practice_test_completed") == [
        {
            "attempt_id": str(result.pk),
            "subject": "math",
            "score": 80,
            "duration_s": 600,
            "answered": 20,
            "total": 20,
        }
    ]
    assert events("practice_completed") == []
    assert events("practice_started")[0] | {"attempt_id": ""} == {
        "attempt_id": "",
        "skill": "",
        "kind": "practice_test",
        "subject": "math",
    }


def test_a_perfect_test_brings_twenty_more(math: Subject, at: datetime) -> None:
    assert take_test(person("Ada"), math, right=20, at=at).xp == 65


def test_an_answer_after_the_deadline_is_refused_and_one_on_it_is_not(math: Subject, at: datetime) -> None:
    attempt = started(person("Ada"), math, at)
    attempts.answer_question(attempt=attempt, position=0, choice=0, at=at + TEST)
    with pytest.raises(TimeIsUp, match="Your answers so far count"):
        attempts.answer_question(attempt=attempt, position=1, choice=0, at=at + TEST + timedelta(microseconds=1))
    assert attempt.answers.filter(choice__isnull=False).count() == 1


def test_a_test_ends_at_its_deadline_however_late_it_is_finished(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    attempt = started(ada, math, at)
    answer_all(Attempt.objects.get(pk=attempt.pk), right=20, at=at)
    result = completion.finish_attempt(attempt=attempt, at=at + timedelta(days=3))
    assert (result.finished_at, result.duration_s) == (at + TEST, 1200)
    assert Progress.objects.get(user=ada).last_active_on == at.date()
    attempt.refresh_from_db()
    assert attempt.finished_at == at + TEST


def test_a_test_may_be_handed_in_early_and_what_is_open_is_wrong(math: Subject, at: datetime) -> None:
    attempt = started(person("Ada"), math, at)
    for position in range(10):
        solution = attempt.answers.select_related("question").get(position=position).question.answer
        attempts.answer_question(attempt=attempt, position=position, choice=solution, at=at)
    result = completion.finish_attempt(attempt=attempt, at=at + timedelta(minutes=2))
    assert (result.score, result.correct, result.total, result.xp, result.duration_s) == (50, 10, 20, 25, 120)
    assert events("practice_test_completed")[0]["answered"] == 10


def test_opening_a_test_and_walking_away_earns_nothing(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    attempt = started(ada, math, at)
    assert completion.finish_overdue_tests(at=at + TEST) == 0
    assert completion.finish_overdue_tests(at=at + TEST + timedelta(seconds=1)) == 1
    assert completion.finish_overdue_tests(at=at + TEST + timedelta(seconds=2)) == 0
    result = Result.objects.get(attempt=attempt)
    assert (result.score, result.xp, result.finished_at) == (0, 0, at + TEST)
    assert not Progress.objects.filter(user=ada, xp__gt=0).exists()
    assert len(events("practice_test_completed")) == 1


def test_the_sweep_runs_by_beat_and_one_bad_row_does_not_stop_it(
    math: Subject, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = started(person("Ada"), math, at), started(person("Bo"), math, at + timedelta(seconds=1))
    first.answers.all().delete()  # nothing to score: refused by the rule
    with time_machine.travel(at + timedelta(minutes=21), tick=False):
        assert tasks.finish_overdue_tests() == 1
    assert list(Result.objects.values_list("attempt", flat=True)) == [second.pk]


def test_finishing_a_test_twice_returns_the_first_result(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    first = take_test(ada, math, at=at)
    again = completion.finish_attempt(attempt=first.attempt, at=at + timedelta(minutes=11))
    assert (again, again.finished_at) == (first, first.finished_at)
    assert Progress.objects.get(user=ada).xp == 45
    assert len(events("practice_test_completed")) == 1


def test_answers_to_a_finished_test_are_refused(math: Subject, at: datetime) -> None:
    attempt = started(person("Ada"), math, at)
    stale = Attempt.objects.get(pk=attempt.pk)
    completion.finish_attempt(attempt=attempt, at=at)
    with pytest.raises(AnswerRefused):
        attempts.answer_question(attempt=stale, position=0, choice=0, at=at)


def test_a_test_does_not_pause(math: Subject, at: datetime) -> None:
    attempt = started(person("Ada"), math, at)
    attempts.pause_attempt(attempt=attempt, at=at)
    attempt.refresh_from_db()
    assert attempt.paused_at is None
    assert attempt.time_left(at + timedelta(minutes=5)) == timedelta(minutes=15)
    assert attempt.time_left(at + timedelta(hours=5)) == timedelta(0)


def test_one_test_of_a_subject_is_open_at_a_time(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    first = started(ada, math, at)
    assert started(ada, math, at + timedelta(minutes=5)) == first
    reading = Subject.objects.get(slug="reading")
    assert started(ada, reading, at).subject == reading
    after = started(ada, math, at + timedelta(minutes=25))
    assert after != first
    assert Result.objects.get(attempt=first).finished_at == at + TEST
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(
            user=ada, subject=math, kind="practice_test", started_at=at, deadline_at=at + TEST, finished_at=None
        )


def test_a_subject_with_few_questions_is_refused(math: Subject, at: datetime) -> None:
    few = Question.objects.filter(skill__subject=math).values_list("pk", flat=True)[:19]
    Question.objects.exclude(pk__in=list(few)).update(is_active=False)
    with pytest.raises(TooFewQuestions):
        started(person("Ada"), math, at)
    with pytest.raises(TooFewQuestions):
        assessments.start_diagnostic(owner=person("Bo"), subject=math, link_code="", at=at)
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "practice"},
        {"kind": "diagnostic", "skill": True},
        {"kind": "diagnostic", "deadline": 20},
        {"kind": "practice_test"},
        {"kind": "practice_test", "deadline": -1},
        {"kind": "practice_test", "deadline": 20, "paused_s": 1},
        {"kind": "practice_test", "deadline": 20, "finished": 21},
        {"kind": "exam"},
    ],
)
def test_the_database_refuses_attempts_of_a_wrong_shape(
    algebra: Skill, at: datetime, fields: dict[str, object]
) -> None:
    row: dict[str, object] = {"user": person("Ada"), "subject": algebra.subject, "started_at": at}
    given = dict(fields)
    row["skill"] = algebra if given.pop("skill", None) else None
    for name in ("deadline", "finished"):
        minutes = given.pop(name, None)
        if minutes is not None:
            row[f"{name}_at"] = at + timedelta(minutes=int(str(minutes)))
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(**(row | given))


# -- Diagnostics -------------------------------------------------------------------------------------------
def test_a_diagnostic_climbs_with_right_answers_and_covers_the_subject(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    attempt = take_diagnostic(ada, math, right="r", at=at)
    asked = list(attempt.answers.values_list("question__difficulty", "question__skill__slug"))
    assert [level for level, _ in asked] == ["medium", *["hard"] * 19]
    assert {slug for _, slug in asked} == set(math.skills.values_list("slug", flat=True))
    assert attempt.answers.values("question").distinct().count() == 20
    result = completion.finish_attempt(attempt=attempt, at=at + timedelta(minutes=8))
    assert (result.score, result.correct, result.total, result.xp, result.skill) == (100, 20, 20, 65, None)
    assert events("diagnostic_completed") == [
        {
            "attempt_id": str(result.pk),
            "subject": "math",
            "score": 100,
            "duration_s": 480,
            "level": "advanced",
            "level_estimate": 2.0,
        }
    ]


def test_a_diagnostic_steps_down_after_wrong_answers(math: Subject, at: datetime) -> None:
    attempt = take_diagnostic(person("Ada"), math, right="wr", at=at)
    levels = list(attempt.answers.values_list("question__difficulty", flat=True))
    assert levels == ["medium", "easy"] * 10
    assert completion.finish_attempt(attempt=attempt, at=at).score == 17


def test_the_next_question_is_not_there_before_the_answer(math: Subject, at: datetime) -> None:
    attempt = assessments.start_diagnostic(owner=person("Ada"), subject=math, link_code="", at=at)
    assert attempt.answers.count() == 1
    with pytest.raises(AnswerRefused):
        attempts.answer_question(attempt=attempt, position=1, choice=0, at=at)
    with pytest.raises(AttemptUnfinished):
        completion.finish_attempt(attempt=attempt, at=at)
    for _ in range(2):  # the second answer to the same question changes nothing, and asks nothing more
        attempts.answer_question(attempt=attempt, position=0, choice=0, at=at)
    assert attempt.answers.count() == 2


def test_questions_that_staff_take_away_end_a_diagnostic_early(math: Subject, at: datetime) -> None:
    attempt = assessments.start_diagnostic(owner=person("Ada"), subject=math, link_code="", at=at)
    Question.objects.update(is_active=False)
    attempts.answer_question(attempt=attempt, position=0, choice=0, at=at)
    assert completion.finish_attempt(attempt=attempt, at=at).total == 1


def test_the_first_right_answer_is_a_first_value_moment_once(math: Subject, at: datetime) -> None:
    visitor = guest(at=at)
    take_diagnostic(visitor, math, right="wr", at=at, link_code="abcdefgh")
    event = LoggedEvent.objects.get(type="fvm_reached")
    assert (event.guest_id, event.link_code) == (str(visitor.pk), "abcdefgh")
    assert event.properties["person_id"] == str(visitor.pk)


def test_one_diagnostic_of_a_subject_is_open_per_person(math: Subject, at: datetime) -> None:
    for owner in (person("Ada"), guest(at=at)):
        first = assessments.start_diagnostic(owner=owner, subject=math, link_code="", at=at)
        again = assessments.start_diagnostic(owner=owner, subject=math, link_code="", at=at + timedelta(days=2))
        assert again == first
        owned = {"user": owner} if isinstance(owner, User) else {"guest": owner}
        with pytest.raises(IntegrityError), transaction.atomic():
            Attempt.objects.create(**owned, subject=math, kind="diagnostic", started_at=at)


# -- Effects elsewhere ------------------------------------------------------------------------------------
def test_a_heatmap_and_a_menu_know_skills_alone(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    practice(ada, algebra, at=at)
    take_test(ada, algebra.subject, right=0, at=at)
    rows = Result.objects.all().heatmap(ada.pk)
    assert [(row["skill__name"], row["average"]) for row in rows] == [("Algebra", 80)]


@pytest.mark.parametrize("finished", [False, True])
def test_what_it_costs(math: Subject, at: datetime, *, finished: bool) -> None:
    ada, later = person("Ada"), at + timedelta(minutes=5)
    practice(ada, math.skills.all()[0], at=at)
    with counting() as captured:
        test = started(ada, math, at)
    assert len(statements(captured)) == 6
    with counting() as captured:
        assert started(ada, math, at) == test
    assert len(statements(captured)) == 1
    with counting() as captured:
        attempts.answer_question(attempt=test, position=0, choice=0, at=at)
    assert len(statements(captured)) == 3
    with counting() as captured:
        completion.finish_attempt(attempt=test, at=later)
    assert len(statements(captured)) <= 9
    with counting() as captured:
        diagnostic = assessments.start_diagnostic(owner=ada, subject=math, link_code="", at=at)
    assert len(statements(captured)) == 6
    wrong = (diagnostic.answers.select_related("question").get().question.answer + 1) % 4
    with counting() as captured:
        attempts.answer_question(attempt=diagnostic, position=0, choice=wrong, at=at)
    assert len(statements(captured)) == 6
    if finished:
        attempt = take_diagnostic(ada, math, right="r", at=at)
        with counting() as captured:
            completion.finish_attempt(attempt=attempt, at=later)
        assert len(statements(captured)) == 8
