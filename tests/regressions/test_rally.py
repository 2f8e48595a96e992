"""A rally counts what it is about: its starter's own result, and whole tests of the others."""

from datetime import timedelta

import pytest

from loops.core.links import create_link
from loops.results_rally.board import rally_board
from loops.results_rally.models import Rally
from tests.factories import cohort_of, person, practice, take_diagnostic, take_test
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Skill
from viral_engine.learning.services.completion import finish_attempt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def rally_of(ada: User, attempt: Attempt, score: int) -> Rally:
    link = create_link(loop_name="results_rally", referrer=ada, at=now())
    cohort = ada.memberships.get().cohort
    facts = {"subject": attempt.subject, "cohort": cohort, "attempt": attempt, "created_at": now()}
    return Rally.objects.create(link=link, kind=attempt.kind, score=score, **facts)


def scores(rally: Rally) -> list[tuple[int, str]]:
    return [(place.score, place.kind) for place in rally_board(rally, now()).places]


def test_five_questions_are_not_ranked_beside_twenty(algebra: Skill) -> None:
    ada, bo, cy, dee = (person(name) for name in ("Ada", "Bo", "Cy", "Dee"))
    cohort_of(ada, bo, cy, dee, at=now())
    early = now() - timedelta(hours=2)
    practice(bo, algebra, right=5, at=early)
    take_test(cy, algebra.subject, right=14, at=early)
    finish_attempt(attempt=take_diagnostic(dee, algebra.subject, right="r", at=early), at=now())
    mine = take_test(ada, algebra.subject, right=17, at=early)
    assert scores(rally_of(ada, mine.attempt, mine.score)) == [
        (100, "diagnostic"),
        (85, "practice_test"),
        (70, "practice_test"),
    ]


def test_the_starter_stands_with_the_score_that_the_landing_page_names(algebra: Skill) -> None:
    ada = person("Ada")
    cohort_of(ada, at=now())
    early = now() - timedelta(hours=3)
    mine = take_test(ada, algebra.subject, right=17, at=early)
    practice(ada, algebra, right=5, at=early + timedelta(hours=1))
    take_test(ada, algebra.subject, right=20, at=early + timedelta(hours=2))
    rally = rally_of(ada, mine.attempt, mine.score)
    assert scores(rally) == [(85, "practice_test")]
    assert rally_board(rally, now()).starter_rank == 1
