"""Pages of people who may not go live ask for no socket, no live page and no part that would refuse them."""

import re
from collections.abc import Callable

import pytest

from tests.factories import answer_all, browser, child, parent_of, person
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill, Subject
from viral_engine.learning.services.assessments import start_practice_test
from viral_engine.learning.services.attempts import start_practice
from viral_engine.learning.services.completion import finish_attempt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
LOADED = re.compile(r'hx-(get|post)="([^"]+)"[^>]*hx-trigger="load')
LINKS = re.compile(r'<a href="(/[^"]*)"')


def never_asked() -> User:
    return child("Comet")


def withdrawn() -> User:
    kid = child("Comet")
    grace = parent_of(kid, at=now())
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    withdraw_consent(parent=grace, child=kid, kind="coppa", at=now())
    return kid


def blocked() -> User:
    return person("Ada", blocked_at=now())


def agreed() -> User:
    kid = child("Comet")
    give_consent(parent=parent_of(kid, at=now()), child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    return kid


def pages_of(user: User) -> list[str]:
    algebra = Skill.objects.select_related("subject").get(slug="algebra")
    done = start_practice(user=user, skill=algebra, at=now())
    answer_all(done, right=3, at=now())
    finish_attempt(attempt=done, at=now())
    open_one = start_practice(user=user, skill=algebra, at=now())
    test = start_practice_test(user=user, subject=Subject.objects.get(slug="math"), at=now())
    attempts = [f"/results/{done.pk}/", f"/practice/{open_one.pk}/", f"/practice/{test.pk}/"]
    return ["/", "/practice/", "/subjects/math/", *attempts, "/rewards/", "/settings/", "/badges/", "/sessions/"]


@pytest.mark.parametrize("who", [never_asked, withdrawn, blocked])
def test_no_page_asks_for_what_it_is_refused(who: Callable[[], User]) -> None:
    user = who()
    client = browser(user)
    for path in pages_of(user):
        answer = client.get(path)
        page = answer.content.decode()
        assert (path, answer.status_code) == (path, 200)
        assert re.findall(r"data-topics|ws-connect|socket\.js", page) == []
        for method, address in LOADED.findall(page):
            assert client.generic(method.upper(), address).status_code in {200, 204}, address
        assert [link for link in set(LINKS.findall(page)) if client.get(link).status_code == 403] == []


def test_a_child_with_consent_goes_live() -> None:
    page = browser(agreed()).get("/").content.decode()
    assert 'data-topics="user:' in page
    assert 'ws-connect="/live/site:learners/"' in page
    assert "Feed" in page
