"""Threat 26: no third party sees a child. No page loads from another host or sends there, no cookie is anybody else's,
and what leaves the server is decided by consent."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.factories import browser, child, cohort_of, parent_of, practice
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
PAGES = ("/", "/practice/", "/settings/", "/friends/", "/leaderboards/", "/rewards/", "/feed/", "/badges/", "/privacy/")
OUR_COOKIES = {"sessionid", "csrftoken", "guest", "device", "messages"}
LOADS = re.compile(
    r"<(?:script|link|img|iframe|video|audio|source|object|embed|form)[^>]+(?:src|href|action|data)=\"([^\"]+)\""
)


@pytest.fixture
def comet(at: datetime, algebra: Skill) -> User:
    """A child whose parent agreed to everything: more is shown to nobody."""
    kid = child("Comet", at=at)
    grace = parent_of(kid, at=at)
    for kind in ("coppa", "ferpa", "third_party"):
        give_consent(parent=grace, child=kid, kind=kind, method="password", ip_hash="", at=at)
    cohort_of(kid, at=at)
    practice(kid, algebra, at=at)
    return kid


def policy_of(answer: Any) -> dict[str, set[str]]:
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";") if part.strip())
    return {name: set(sources) for name, *sources in parts}


@pytest.mark.parametrize("path", PAGES)
def test_a_childs_page_loads_and_sends_nothing_elsewhere(comet: User, path: str) -> None:
    answer = browser(comet).get(path, follow=True)
    assert answer.status_code == 200, path
    hosts = {urlsplit(url).netloc for url in LOADS.findall(answer.content.decode())}
    assert hosts <= {"", urlsplit(settings.SITE_URL).netloc}


@pytest.mark.parametrize("path", PAGES)
def test_the_browser_enforces_it(comet: User, path: str) -> None:
    policy = policy_of(browser(comet).get(path, follow=True))
    for directive in ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action", "media-src"):
        elsewhere = {one for one in policy.get(directive, set()) if "." in one or one in {"*", "https:", "http:"}}
        own = {one for one in elsewhere if urlsplit(settings.SITE_URL).netloc in one}
        assert elsewhere - own == set(), directive
    assert policy["default-src"] == {"'none'"}


def test_no_address_of_a_page_is_told_to_the_next_site(comet: User) -> None:
    assert browser(comet).get("/practice/")["Referrer-Policy"] == "same-origin"


def test_the_only_cookies_are_ours(comet: User) -> None:
    client = browser(comet)
    for path in PAGES:
        client.get(path, follow=True)
    assert set(client.cookies) <= OUR_COOKIES
    assert not any(cookie["domain"] for cookie in client.cookies.values())
