from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.html import conditional_escape

from loops.core.rewards.grants import grant_reward
from tests.factories import Committed, answer_all, browser, cohort_of, counting, guest, person, practice, statements
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Answer, Attempt, Progress, Question, Result, Skill
from viral_engine.learning.services import attempts, completion, decks
from viral_engine.learning.services.attempts import AnswerRefused, TooFewQuestions
from viral_engine.learning.services.completion import AttemptUnfinished
from viral_engine.learning.services.decks import DeckClosed

pytestmark = pytest.mark.django_db


def test_a_practice_comes_to_a_result(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    result = practice(ada, algebra, right=4, at=at)
    assert (result.score, result.correct, result.total, result.duration_s, result.xp) == (80, 4, 5, 60, 15)
    progress = Progress.objects.get(user=ada)
    assert (progress.xp, progress.streak_days, progress.last_active_on) == (15, 1, at.date())
    event = LoggedEvent.objects.get(type="practice_completed")
    assert event.properties == {
        "attempt_id": str(result.pk),
        "subject": "math",
        "skill": "algebra",
        "kind": "practice",
        "score": 80,
        "duration_s": 60,
        "deck_id": None,
    }


def test_the_first_answer_stands(algebra: Skill, at: datetime) -> None:
    attempt = attempts.start_practice(user=person("Ada"), skill=algebra, at=at)
    solution = attempt.answers.select_related("question").get(position=0).question.answer
    wrong = (solution + 1) % 4
    assert attempts.answer_question(attempt=attempt, position=0, choice=wrong, at=at).is_correct is False
    assert attempts.answer_question(attempt=attempt, position=0, choice=solution, at=at).is_correct is False


@pytest.mark.parametrize(("position", "choice"), [(1, 0), (9, 0), (0, 4), (0, -1)])
def test_questions_out_of_order_or_unknown_are_refused(
    algebra: Skill, at: datetime, position: int, choice: int
) -> None:
    attempt = attempts.start_practice(user=person("Ada"), skill=algebra, at=at)
    with pytest.raises(AnswerRefused):
        attempts.answer_question(attempt=attempt, position=position, choice=choice, at=at)
    assert Answer.objects.filter(choice__isnull=False).count() == 0


def test_finishing_twice_returns_the_first_result(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    first = practice(ada, algebra, at=at)
    again = completion.finish_attempt(attempt=first.attempt, at=at + timedelta(days=1))
    assert (again, again.finished_at) == (first, first.finished_at)
    assert Progress.objects.get(user=ada).xp == 15
    assert LoggedEvent.objects.filter(type="practice_completed").count() == 1


def test_an_unfinished_attempt_has_no_result(algebra: Skill, at: datetime) -> None:
    attempt = attempts.start_practice(user=person("Ada"), skill=algebra, at=at)
    with pytest.raises(AttemptUnfinished, match="5 questions are still open"):
        completion.finish_attempt(attempt=attempt, at=at)
    assert Result.objects.count() == 0


def test_pauses_are_not_counted(algebra: Skill, at: datetime) -> None:
    attempt = attempts.start_practice(user=person("Ada"), skill=algebra, at=at)
    attempts.pause_attempt(attempt=attempt, at=at + timedelta(seconds=30))
    attempts.pause_attempt(attempt=attempt, at=at + timedelta(seconds=40))
    assert attempt.active_time(at + timedelta(hours=1)) == timedelta(seconds=30)
    answer_all(attempt, right=5, at=at + timedelta(seconds=630))  # the first answer, 10 s later, resumes
    assert completion.finish_attempt(attempt=attempt, at=at + timedelta(seconds=700)).duration_s == 90


def test_a_small_bank_is_refused(algebra: Skill, at: datetime) -> None:
    Question.objects.filter(skill=algebra).update(is_active=False)
    with pytest.raises(TooFewQuestions):
        attempts.start_practice(user=person("Ada"), skill=algebra, at=at)


def test_a_deck_is_five_medium_questions_for_48_hours(algebra: Skill, at: datetime) -> None:
    deck = decks.create_deck(skill_slug="algebra", at=at)
    assert list(deck.questions.values_list("difficulty", flat=True)) == ["medium"] * 5
    assert deck.is_open(at + timedelta(hours=48) - timedelta(seconds=1)) is True
    with pytest.raises(DeckClosed):
        decks.start_deck(deck=deck, owner=person("Bo"), link_code="", at=at + timedelta(hours=48))


def test_a_deck_is_played_once_and_finished_even_late(algebra: Skill, at: datetime) -> None:
    deck = decks.create_deck(skill_slug="algebra", at=at)
    bo = person("Bo")
    attempt = decks.start_deck(deck=deck, owner=bo, link_code="", at=at)
    assert decks.start_deck(deck=deck, owner=bo, link_code="", at=at + timedelta(days=9)) == attempt
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(user=bo, deck=deck, subject=algebra.subject, skill=algebra, started_at=at)


def test_everybody_meets_a_deck_in_one_order(algebra: Skill, at: datetime) -> None:
    deck = decks.create_deck(skill_slug="algebra", at=at)
    orders = [
        list(decks.start_deck(deck=deck, owner=who, link_code="", at=at).answers.values_list("question", flat=True))
        for who in (person("Bo"), guest(at=at))
    ]
    assert orders[0] == orders[1]


def test_first_value_is_once_per_person_and_only_in_a_deck(algebra: Skill, at: datetime) -> None:
    bo = person("Bo")
    practice(bo, algebra, right=5, at=at)
    assert LoggedEvent.objects.filter(type="fvm_reached").count() == 0
    for _ in range(2):
        deck = decks.create_deck(skill_slug="algebra", at=at)
        answer_all(decks.start_deck(deck=deck, owner=bo, link_code="abcdefgh", at=at), right=2, at=at)
    event = LoggedEvent.objects.get(type="fvm_reached")
    assert (event.actor_id, event.link_code, event.properties["person_id"]) == (bo.pk, "abcdefgh", str(bo.person_id))


def test_a_streak_grows_by_days_and_a_gap_ends_it(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    for day in (0, 0, 1, 2):
        practice(ada, algebra, at=at + timedelta(days=day))
    assert Progress.objects.get(user=ada).streak_days == 3
    assert Progress.objects.get(user=ada).streak_on((at + timedelta(days=4)).date()) == 0
    practice(ada, algebra, at=at + timedelta(days=4))
    assert Progress.objects.get(user=ada).streak_days == 1


def test_shields_keep_the_streak_over_missed_days(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada = person("Ada")
    for day in (0, 1):
        practice(ada, algebra, at=at + timedelta(days=day))
    for number in (1, 2):
        grant_reward(user=ada, kind="streak_shield", amount=1, reason="x", key=f"k{number}", at=at + timedelta(days=1))
    with committed():
        practice(ada, algebra, at=at + timedelta(days=4))  # two days missed, two shields
    assert Progress.objects.get(user=ada).streak_days == 3
    with committed():
        practice(ada, algebra, at=at + timedelta(days=6))  # none left
    assert Progress.objects.get(user=ada).streak_days == 1


def test_the_page_checks_answers_one_by_one(algebra: Skill) -> None:
    ada = person("Ada")
    client = browser(ada)
    started = client.post("/practice/start/algebra/")
    url: str = started.url  # type: ignore[attr-defined]
    assert "Question 1 of 5" in client.get(url).content.decode()
    assert "Choose an answer first" in client.post(f"{url}answer/", {"position": "0"}).content.decode()
    assert "Choose an answer first" in client.post(f"{url}answer/", {"position": "x", "choice": "-3"}).content.decode()
    answer = Answer.objects.select_related("question").get(position=0)
    page = client.post(f"{url}answer/", {"position": "0", "choice": str(answer.question.answer)}).content.decode()
    assert "Right." in page
    assert "Next question" in page
    assert "Paused" in client.post(f"{url}pause/").content.decode()
    assert "Question 2 of 5" in client.post(f"{url}resume/").content.decode()
    assert "4 questions are still open" in client.post(f"{url}finish/").content.decode()
    fragment = client.get(url, headers={"hx-request": "true"}).content.decode()
    assert fragment.startswith('<section class="question stack"')


def test_somebody_elses_attempt_does_not_exist(algebra: Skill, at: datetime) -> None:
    result = practice(person("Ada"), algebra, at=at)
    for client in (browser(person("Bo")), browser()):
        assert client.get(f"/practice/{result.pk}/").status_code == 404
        assert client.get(f"/results/{result.pk}/").status_code == 404
        assert client.post(f"/practice/{result.pk}/finish/").status_code == 404


@pytest.mark.parametrize("members", [1, 30])
def test_the_results_page_costs_at_most_ten_queries(algebra: Skill, at: datetime, members: int) -> None:
    ada = person("Ada")
    others = [person(f"Peer{number}") for number in range(members - 1)]
    cohort_of(ada, *others, at=at)
    for other in others:
        practice(other, algebra, right=3, at=at)
    result = practice(ada, algebra, right=4, at=at)
    client = browser(ada)
    with counting() as captured:
        page = client.get(f"/results/{result.pk}/").content.decode()
    assert len(statements(captured)) == 9
    assert ("Better than all 29 classmates." in page) is (members == 30)
    assert ("First of Comets to try this" in page) is (members == 1)


def test_the_result_tells_each_question_with_both_choices_and_the_passage(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    reading = Skill.objects.filter(subject__slug="reading", questions__passage__gt="").first()
    assert reading is not None
    result = practice(ada, reading, right=3, at=at)
    page = browser(ada).get(f"/results/{result.pk}/").content.decode()
    for answer in result.attempt.answers.select_related("question"):
        assert conditional_escape(answer.question.passage) in page
        assert f"You chose: <b>{conditional_escape(answer.own_choice)}</b>" in page
        sentence = f"The answer: <b>{conditional_escape(answer.question.right_choice)}</b>"
        assert (sentence in page) is not answer.is_correct


@pytest.mark.parametrize(("peers", "is_shown"), [(1, False), (4, False), (5, True)])
def test_a_small_group_is_not_told_as_a_share(algebra: Skill, at: datetime, peers: int, is_shown: bool) -> None:
    ada, others = person("Ada"), [person(f"Peer{number}") for number in range(peers)]
    cohort_of(ada, *others, at=at)
    for other in others:
        practice(other, algebra, right=3, at=at)
    result = practice(ada, algebra, right=4, at=at)
    page = browser(ada).get(f"/results/{result.pk}/").content.decode()
    assert ("Better than all 5 classmates." in page) is is_shown
    assert "First of Comets" not in page


def test_a_dial_at_zero_is_empty(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    none, some = (practice(ada, algebra, right=right, at=at) for right in (0, 1))
    pages = [browser(ada).get(f"/results/{result.pk}/").content.decode() for result in (none, some)]
    assert ['class="value"' in page for page in pages] == [False, True]
