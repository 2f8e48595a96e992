"""Threat 17: another site makes a browser send our forms, or a link changes something."""

from collections import Counter

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.test import Client

from tests.factories import browser, person
from tests.security.routes import every_path
from tests.steps.staff import superuser

pytestmark = pytest.mark.django_db
# A GET may leave traces of the visit itself: the session, a click on a share link, a page's decision log.
TRACES = {"django_session", "kernel_decision", "staff_auditentry"}


def contents() -> Counter[str]:
    counted: Counter[str] = Counter()
    for model in apps.get_models():
        if model._meta.db_table not in TRACES:
            counted[model._meta.db_table] = model._base_manager.count()
    return counted


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_that_the_browser_calls_foreign_is_refused_on_every_route(site: str) -> None:
    client = browser(person("Ada"))  # without token checks, so that the second layer alone answers
    paths = every_path()
    assert len(paths) > 150
    answers = Counter(client.post(path, headers={"Sec-Fetch-Site": site}).status_code for path in paths)
    assert answers == {403: len(paths)}


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_our_own_forms_pass(site: str | None) -> None:
    person("Ada")
    headers = {"Sec-Fetch-Site": site} if site else {}
    answer = Client().post("/accounts/login/", {"login": "ada", "password": "correct-horse-9"}, headers=headers)
    assert answer.headers["Location"] == "/"


def test_opening_any_address_writes_nothing() -> None:
    """Every route as a learner, a parent and staff; what a GET writes beside its traces fails here."""
    people = [person("Ada"), person("Grace", age=41, role="parent", grade=None), superuser()]
    for someone in people:  # allauth copies a mailbox that it does not know yet
        EmailAddress.objects.get_or_create(user=someone, email=someone.email or "", defaults={"primary": True})
    before = contents()
    for someone in people:
        client = browser(someone)
        for path in every_path():
            assert client.get(path).status_code < 500, path
    assert {table: (before[table], count) for table, count in contents().items() if before[table] != count} == {}
