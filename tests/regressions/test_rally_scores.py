"""A rally counts what it is about: the landing, the board and the card say the same score."""

import re
from datetime import timedelta

import pytest
from pytest_django import Settings

from loops.core.links import token_for
from loops.core.registry import loop_of
from loops.models import Loop
from loops.results_rally.board import rally_board
from loops.results_rally.models import Rally
from tests.factories import browser, cohort_of, person, practice, take_diagnostic, take_test
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
from viral_engine.learning.services.completion import finish_attempt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def class_of_two(settings: Settings) -> tuple[User, User]:
    settings.FEATURES = {"results_rally": True}
    defaults = {"title": "Results Rally", "expected_k": 0.28, "cooldown_s": 24 * 3600}
    Loop.objects.update_or_create(name="results_rally", defaults=defaults, create_defaults=defaults)
    Loop.objects.update(fewest_people=1)
    ada, bo = person("Ada"), person("Bo")
    cohort_of(ada, bo, at=now())
    return ada, bo


def rally_of(ada: User, skill: Skill) -> Rally:
    attempt = take_diagnostic(ada, skill.subject, right="rrrrrw", at=now() - timedelta(minutes=10))
    finish_attempt(attempt=attempt, at=now())
    return Rally.objects.select_related("link__referrer", "link__loop", "subject").get()


def test_a_challenge_of_five_questions_is_on_no_board(algebra: Skill, class_of_two: tuple[User, User]) -> None:
    """Ada's diagnostic is 85% or so; then she and Bo get five of five in one skill."""
    ada, bo = class_of_two
    rally = rally_of(ada, algebra)
    for user in (ada, bo):
        practice(user, algebra, right=5, at=now() - timedelta(minutes=2))
    score = rally.score
    assert 60 < score < 100
    url = f"/rally/{token_for(rally.link, 'rally')}"
    page = browser().get(url).content.decode()
    assert set(re.findall(r"\b(\d+)%", page)) == {str(score)}
    assert "the first on the board" in " ".join(page.split())
    card = loop_of(rally.link).share_card(rally.link, now()).says
    assert [(row.rank, row.value) for row in card.rows] == [(1, f"{score}%")]  # type: ignore[attr-defined]


def test_the_starter_stands_by_the_result_that_was_shared(algebra: Skill, class_of_two: tuple[User, User]) -> None:
    """A better test later is another result: the link still says the old score, and so does the board."""
    ada, bo = class_of_two
    rally = rally_of(ada, algebra)
    take_test(ada, algebra.subject, right=20, at=now())
    take_test(bo, algebra.subject, right=12, at=now())
    board = rally_board(rally, now())
    assert [(one.score, one.key == board.starter) for one in board.places] == [(rally.score, True), (60, False)]
