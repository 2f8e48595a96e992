from datetime import datetime

import pytest
import time_machine

from loops.models import Prompt
from tests.factories import browser, counting, person, statements
from tests.loops.decisions import decide
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db


def test_a_person_can_read_why_they_saw_an_offer(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    decide(ada, algebra, at)
    prompt = Prompt.objects.get()
    client = browser(ada)
    with counting() as captured:
        page = client.get(f"/loops/prompts/{prompt.pk}/why/").content.decode()
    assert len(statements(captured)) <= 6
    for words in ("You finished a practice.", "Your score: <b>80</b>", "Offers you had that day: <b>0</b>", "settings"):
        assert words in page
    with time_machine.travel(at, tick=False):
        assert f"/loops/prompts/{prompt.pk}/why/" in client.get(f"/loops/share/{prompt.link.code}/").content.decode()
    assert browser(person("Bo", at=at)).get(f"/loops/prompts/{prompt.pk}/why/").status_code == 404
    assert browser().get(f"/loops/prompts/{prompt.pk}/why/").status_code == 302


def test_other_considered_loops_are_listed(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    decide(ada, algebra, at)
    row = Decision.objects.get(agent="orchestrator")
    row.alternatives.append({"loop": "results_rally", "score": 0.2, "objection": "cooling down"})
    row.is_degraded = True
    row.save(update_fields=["alternatives", "is_degraded"])
    page = browser(ada).get(f"/loops/prompts/{Prompt.objects.get().pk}/why/").content.decode()
    assert "Results Rally: cooling down" in page
    assert "so you saw our standard text" in page
    row.delete()
    assert (
        "We no longer have the details"
        in browser(ada).get(f"/loops/prompts/{Prompt.objects.get().pk}/why/").content.decode()
    )
