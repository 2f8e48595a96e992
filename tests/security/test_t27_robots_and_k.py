"""Threat 27: link previews, crawlers and repeated clicks make a link look viral."""

from datetime import timedelta

import pytest
import time_machine

from loops.core.links import token_for
from loops.models import Touch
from tests.factories import browser, challenge_of, person
from viral_engine.accounts.models import Guest
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
NOT_PEOPLE = [
    {"user-agent": ""},
    {"user-agent": "facebookexternalhit/1.1"},
    {"user-agent": "WhatsApp/2.23.20.0"},
    {"user-agent": "curl/8.1"},
    {"sec-purpose": "prefetch;prerender"},
    {"purpose": "prefetch"},
    {"x-moz": "prefetch"},
    {"sec-fetch-dest": "image", "sec-fetch-mode": "no-cors"},
]


def counted() -> tuple[int, int, int]:
    return Touch.objects.count(), Guest.objects.count(), LoggedEvent.objects.filter(type="link_clicked").count()


def test_t27_three_hundred_clicks_of_robots_change_no_number(algebra: Skill) -> None:
    at = now()
    link = challenge_of(person("Ada", at=at), algebra, at)
    path = f"/r/{token_for(link, 'link')}?via=whatsapp"
    with time_machine.travel(at, tick=False):
        client = browser()
        for number in range(300):
            headers = NOT_PEOPLE[number % len(NOT_PEOPLE)]
            client.cookies.clear()  # each comes as if for the first time
            answer = (client.head if number % 9 == 0 else client.get)(path, headers=headers)
            assert answer.status_code == 302
    assert counted() == (0, 0, 0)


def test_t27_a_person_counts_once_a_day_however_often_they_press(algebra: Skill) -> None:
    at = now()
    link = challenge_of(person("Ada", at=at), algebra, at)
    client = browser()
    for minutes in range(20):
        with time_machine.travel(at + timedelta(minutes=minutes), tick=False):
            assert client.get(f"/r/{token_for(link, 'link')}?via=copy{minutes}").status_code == 302
    assert counted() == (1, 1, 1)
