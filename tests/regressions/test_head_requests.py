"""A HEAD is answered as the GET, and changes nothing."""

import pytest

from tests.entry_points import addresses
from tests.factories import browser, child, consent_request, person
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.invites import invite_url
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db


def pages() -> list[str]:
    return [door.path for door in addresses() if not door.names and not door.path.startswith("/admin/")]


@pytest.mark.parametrize("role", ["nobody", "student", "parent", "tutor"])
def test_head_has_the_status_of_get(role: str) -> None:
    client = browser(None if role == "nobody" else person("Ada", age=40, role=role))
    assert len(pages()) > 20
    for path in pages():
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path


def test_links_of_mails_and_friends_answer_head() -> None:
    invite = "/" + invite_url(person("Ada")).split("/", 3)[3]
    consent = f"/consent/{consent_token(consent_request(child('Comet')))}/"
    before = LoggedEvent.objects.count()
    assert [browser().head(path).status_code for path in (invite, consent)] == [200, 200]
    assert LoggedEvent.objects.count() == before
