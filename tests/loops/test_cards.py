from datetime import datetime

import pytest
import time_machine

from loops.core.links import token_for
from tests.factories import browser, challenge_of, person
from viral_engine.learning.models import Skill


@pytest.mark.django_db
def test_the_card_is_served_cached_and_not_indexed(algebra: Skill, at: datetime) -> None:
    link = challenge_of(person("Ada", at=at), algebra, at)
    with time_machine.travel(at, tick=False):
        first, second = (browser().get(f"/cards/{token_for(link, 'card')}.png") for _ in range(2))
    assert (first.status_code, first["Content-Type"], first["X-Robots-Tag"]) == (200, "image/png", "noindex")
    assert first["Cache-Control"] == "public, max-age=600"
    assert first.content == second.content
