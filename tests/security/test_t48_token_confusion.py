"""Threat 48: a token made for one purpose opens nothing else."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress, EmailConfirmationHMAC

from loops.core.links import token_for as link_token
from presence.tokens import read_token
from presence.tokens import token_for as socket_ticket
from tests.factories import browser, challenge_of, child, consent_request, person
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.invites import invite_url
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
DOORS = {
    "consent": "/consent/{}/",
    "invite": "/friends/invite/{}/",
    "link": "/r/{}",
    "challenge": "/challenge/{}",
    "card": "/cards/{}.png",
    "confirm": "/accounts/confirm-email/{}/",
    "unsubscribe": "/mail/stop/{}/",
}


def tokens(skill: Skill) -> dict[str, str]:
    ada = person("Ada", email="ada@example.com", is_proven=False)
    address = EmailAddress.objects.create(user=ada, email="ada@example.com")
    link = challenge_of(ada, skill, now())
    return {
        "consent": consent_token(consent_request(child("Comet"))),
        "invite": invite_url(ada).rstrip("/").rpartition("/")[2],
        "link": link_token(link, "link"),
        "challenge": link_token(link, "challenge"),
        "card": link_token(link, "card"),
        "confirm": EmailConfirmationHMAC(address).key,
        "socket": socket_ticket(ada, now()),
    }


def test_each_token_opens_its_own_door_only(algebra: Skill) -> None:
    made, client = tokens(algebra), browser()
    opened = set()
    for purpose, token in made.items():
        for door, path in DOORS.items():
            response = client.get(path.format(token))
            is_open = response.status_code in {200, 302} and b"too old" not in response.content
            if is_open and not response.headers.get("Location", "").startswith("/accounts/login"):
                opened.add((purpose, door))
    assert opened == {(purpose, purpose) for purpose in ("consent", "invite", "link", "challenge", "card", "confirm")}
    assert [purpose for purpose, token in made.items() if read_token(token) is not None] == ["socket"]


def test_a_consent_link_ends_after_a_week() -> None:
    path = f"/consent/{consent_token(consent_request(child('Comet')))}/"
    assert browser().get(path).status_code == 200
    with time_machine.travel(now() + timedelta(days=7, minutes=1), tick=False):
        assert browser().get(path).status_code == 410
