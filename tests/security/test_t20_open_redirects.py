"""Threat 20: an address of ours that sends people to another site."""

from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from tests.factories import browser, person
from tests.steps.staff import staff

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "HTTPS:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,hi",
    "%2f%2fevil.example",
    "/%2f%2fevil.example",
    "//127.0.0.1@evil.example",
    "https://testserver@evil.example",
    "https://testserver.evil.example",
    "/\t/evil.example",
    " //evil.example",
    "/x\r\nLocation: https://evil.example",
    "\x01//evil.example",
]


def stays(location: str) -> bool:
    """Whether a browser that follows the header stays on the site: browsers read backslashes as slashes."""
    plain = location.replace("\\", "/").strip()
    parts = urlsplit(plain)
    return not parts.scheme and not parts.netloc and not plain.startswith("//") and "\n" not in location


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_log_in_proof_or_sign_up_leads_to_another_site(target: str) -> None:
    person("Bo")
    staff("Cy")
    log_in = Client().post("/accounts/login/", {"login": "bo", "password": "correct-horse-9", "next": target})
    assert stays(log_in.headers["Location"])
    by_query = Client().post(f"/accounts/login/?next={quote(target)}", {"login": "bo", "password": "correct-horse-9"})
    assert stays(by_query.headers["Location"])
    member = browser(person("Dee"))
    proof = member.post("/accounts/reauthenticate/", {"password": "correct-horse-9", "next": target})
    assert stays(proof.headers["Location"])
    out = member.post("/accounts/logout/", {"next": target})
    assert stays(out.headers["Location"])
    assert browser(staff("Eve")).get(f"/admin/reason/?next={quote(target)}").status_code == 404
    for answer in (Client().get(f"/signup/?next={quote(target)}"), Client().get(f"/r/x.y?next={quote(target)}")):
        assert "evil.example" not in answer.headers.get("Location", "")
