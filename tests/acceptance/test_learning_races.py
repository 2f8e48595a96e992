"""Concurrent tests, diagnostics, badges, streak warnings and tutoring sessions, on both databases."""

from datetime import datetime, timedelta

import pytest

from tests.concurrency import at_once
from tests.factories import answer_all, guest, person, take_diagnostic
from tests.learning.sessions import session_draft, tutor_and_student
from viral_engine.accounts.models import User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Achievement, Attempt, Progress, Result, Subject, TutoringSession
from viral_engine.learning.services import achievements, assessments, attempts, completion, streaks, tutoring
from viral_engine.learning.services.attempts import TimeIsUp
from viral_engine.learning.services.tutoring import SessionRefused

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
TEST = timedelta(minutes=20)


def announced(kind: str) -> int:
    return LoggedEvent.objects.filter(type=kind).count()


def test_concurrent_starts_make_one_test_with_twenty_questions(math: Subject, at: datetime) -> None:
    ada = person("Ada", at=at)
    found = at_once(10, lambda _: assessments.start_practice_test(user=ada, subject=math, at=at).pk)
    attempt = Attempt.objects.get()
    assert found == {attempt.pk: 10}
    assert (attempt.answers.count(), announced("practice_started")) == (20, 1)


@pytest.mark.parametrize("is_guest", [False, True])
def test_concurrent_starts_make_one_diagnostic(math: Subject, at: datetime, *, is_guest: bool) -> None:
    owner = guest(at=at) if is_guest else person("Ada", at=at)
    found = at_once(10, lambda _: assessments.start_diagnostic(owner=owner, subject=math, link_code="", at=at).pk)
    assert found == {Attempt.objects.get().pk: 10}
    assert Attempt.objects.get().answers.count() == 1


def test_concurrent_answers_lead_to_one_next_question(math: Subject, at: datetime) -> None:
    attempt = assessments.start_diagnostic(owner=person("Ada", at=at), subject=math, link_code="", at=at)

    def answer(choice: int) -> object:
        own = Attempt.objects.select_related("subject", "user").get(pk=attempt.pk)
        return attempts.answer_question(attempt=own, position=0, choice=choice % 4, at=at).choice

    found = at_once(8, answer)
    assert len(found) == 1
    assert attempt.answers.count() == 2
    assert announced("fvm_reached") <= 1


def test_hand_in_sweep_and_answers_at_once_are_one_result_of_what_was_in(math: Subject, at: datetime) -> None:
    """The result counts what the answers say, in either order."""
    ada = person("Ada", at=at)
    attempt = assessments.start_practice_test(user=ada, subject=math, at=at)
    answer_all(attempt, right=20, at=at)
    attempt.answers.filter(position__gte=12).update(choice=None, is_correct=None, answered_at=None)
    late = at + TEST + timedelta(seconds=1)

    def act(number: int) -> object:
        own = Attempt.objects.select_related("user", "subject", "skill").get(pk=attempt.pk)
        if number < 4:
            return completion.finish_attempt(attempt=own, at=late).total
        if number < 6:
            completion.finish_overdue_tests(at=late)
            return 20
        when = at + TEST if number % 2 else late  # some were sent in time and arrive during the sweep
        attempts.answer_question(attempt=own, position=12, choice=0, at=when)
        return 20

    found = at_once(12, act)
    assert set(found) <= {20, TimeIsUp.__name__, "AnswerRefused"}
    result = Result.objects.get()
    assert result.correct == attempt.answers.filter(is_correct=True).count()
    assert result.finished_at == at + TEST
    assert (announced("practice_test_completed"), Progress.objects.get().xp) == (1, 15)


def test_concurrent_finishes_of_a_diagnostic_make_one_result(math: Subject, at: datetime) -> None:
    attempt = take_diagnostic(person("Ada", at=at), math, right="r", at=at)

    def finish(_: int) -> object:
        own = Attempt.objects.select_related("user", "subject", "skill").get(pk=attempt.pk)
        return completion.finish_attempt(attempt=own, at=at + timedelta(minutes=5)).score

    assert at_once(10, finish) == {100: 10}
    assert (announced("diagnostic_completed"), Progress.objects.get().xp) == (1, 35)


def test_a_badge_earned_concurrently_is_stored_and_paid_once(math: Subject, at: datetime) -> None:
    ada = person("Ada", at=at)

    def award(_: int) -> object:
        return achievements.award_badge(user_id=ada.pk, kind="streak_7", skill=None, at=at)

    assert at_once(10, award) == {True: 1, False: 9}
    assert Achievement.objects.count() == announced("achievement_earned") == 1
    assert Progress.objects.get().xp == 100


def test_two_concurrent_sweeps_warn_each_person_once(math: Subject, at: datetime) -> None:
    evening = at.replace(hour=20)
    for number in range(30):
        user = person(f"L{number}", at=at)
        Progress.objects.create(user=user, streak_days=5, last_active_on=(evening - timedelta(days=1)).date())
    found = at_once(4, lambda _: streaks.warn_of_streaks(at=evening))
    assert sum(int(str(warned)) * times for warned, times in found.items()) == 30
    assert announced("streak_at_risk") == 30


def test_a_session_logged_concurrently_is_stored_once(math: Subject, at: datetime) -> None:
    toni, ada = tutor_and_student(at)

    def log(_: int) -> object:
        tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at), at=at)
        return "logged"

    assert at_once(8, log) == {"logged": 1, SessionRefused.__name__: 7}
    assert TutoringSession.objects.count() == announced("session_completed") == 1


def test_concurrent_ratings_are_announced_once(math: Subject, at: datetime) -> None:
    toni, ada = tutor_and_student(at)
    session = tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at), at=at)

    def rate(_: int) -> object:
        own = TutoringSession.objects.select_related("student", "subject").get(pk=session.pk)
        by = User.objects.get(pk=ada.pk)
        return tutoring.rate_session(session=own, by=by, rating=5, feedback="", at=at).rating

    assert at_once(8, rate) == {5: 8}
    assert announced("session_rated_five_stars") == 1
