"""Threat 32: an anonymous reader gets no board, and a stranger's board has no name or id of a minor."""

import json
import re

import pytest

from leaderboards import queries
from leaderboards.rooms import as_payload, boards_at
from tests.factories import Committed, browser, child, person, practice
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db


def test_t32_nobody_reads_a_minor_on_a_public_board(catalogue: None, committed: Committed) -> None:
    skill = Skill.objects.select_related("subject").get(slug="algebra")
    teen, adult, kid = person("Ada", age=15), person("Bo", age=30), child("Cy", first_name="Cy")
    with committed():
        for learner in (teen, adult, kid):
            practice(learner, skill, at=now())
    found = boards_at([("math", None)])["math", None]
    text = json.dumps(as_payload(found, frozenset()))
    rows = as_payload(found, frozenset())["boards"]["week"]["xp"]
    assert sorted((row["name"], row["user_id"]) for row in rows if row["user_id"]) == [("Bo L.", adult.pk)]
    assert len(rows) == 2  # the child without consent is on no board
    assert re.search(rf'\b(Ada|Cy)\b|"user_id": ({teen.pk}|{kid.pk})\b', text) is None
    assert [row["name"] for row in found.top_users()] == []
    assert queries.SOMEONE in text


@pytest.mark.parametrize("path", ["/leaderboards/?subject=math", "/leaderboards/league/", "/leaderboards/mine/"])
def test_t32_anonymous_readers_are_sent_to_log_in(catalogue: None, path: str) -> None:
    answer = browser().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
