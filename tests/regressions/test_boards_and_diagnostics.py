"""Boards of improvement leave diagnostics out, and their page says why."""

from datetime import datetime, timedelta

import pytest

from leaderboards.models import Standing
from tests.factories import Committed, browser, person
from viral_engine.learning.models import Subject
from viral_engine.learning.services import assessments, completion
from viral_engine.learning.services.attempts import answer_question

pytestmark = pytest.mark.django_db


def test_the_page_says_why_diagnostics_are_left_out(catalogue: None, at: datetime, committed: Committed) -> None:
    ada, math = person("Ada"), Subject.objects.get(slug="math")
    for number in range(4):
        with committed():
            attempt = assessments.start_diagnostic(owner=ada, subject=math, link_code="", at=at)
            for position in range(20):  # each answer adds the next question
                answer_question(attempt=attempt, position=position, choice=position % 4, at=at)
            completion.finish_attempt(attempt=attempt, at=at + timedelta(minutes=number))
    assert Standing.objects.count() == 0
    page = " ".join(browser(ada).get("/leaderboards/?metric=improvement&period=all").content.decode().split())
    assert "Diagnostics do not, not even for Most improved: the difficulty of a diagnostic adapts to you" in page
