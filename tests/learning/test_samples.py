"""The question on the start page: answered without an account, it starts practice that an account keeps."""

import pytest

from tests.factories import browser
from tests.ledgers import events
from tests.steps.sign_up import sign_up
from viral_engine.kernel.clock import now, today
from viral_engine.learning.models import Attempt, Progress
from viral_engine.learning.queries.samples import sample_question

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_visitor_answers_the_question_of_the_day_and_keeps_the_practice(catalogue: None) -> None:
    question = sample_question(today(now()))
    assert question is not None
    stranger = browser()
    assert f'name="question" value="{question.pk}"' in stranger.get("/").content.decode()
    answer = {"question": question.pk, "choice": question.answer}
    page = stranger.post("/practice/try/", answer, follow=True)
    assert page.redirect_chain[-1][0].endswith("?checked=0")
    assert "<b>Right.</b>" in page.content.decode()
    attempt = Attempt.objects.get()
    assert (attempt.user, attempt.skill, attempt.answers.count()) == (None, question.skill, 5)
    assert [one.guest_id for one in events("fvm_reached")] == [str(attempt.guest_id)]
    for one in attempt.answers.filter(position__gt=0):
        stranger.post(f"/practice/{attempt.pk}/answer/", {"position": one.position, "choice": one.question.answer})
    stranger.post(f"/practice/{attempt.pk}/finish/")
    bo = sign_up(stranger, "Bo", year=2011)
    attempt.refresh_from_db()
    assert (attempt.user, Progress.objects.get(user=bo).xp) == (bo, 35)


@pytest.mark.parametrize("choice", ["9", "x", ""])
def test_an_impossible_answer_starts_nothing(catalogue: None, choice: str) -> None:
    question = sample_question(today(now()))
    assert question is not None
    answer = browser().post("/practice/try/", {"question": question.pk, "choice": choice})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not Attempt.objects.exists()


def test_without_a_question_bank_the_start_page_still_invites() -> None:
    assert "Can a friend beat your score?" in browser().get("/").content.decode()
