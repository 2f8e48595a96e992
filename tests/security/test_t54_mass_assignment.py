"""Threat 54: a form that sends more than it was asked for changes nothing else."""

from typing import Any

import pytest

from tests.factories import browser, person
from viral_engine.accounts.models import User

pytestmark = pytest.mark.django_db
EXTRA = {
    "role": "admin",
    "is_staff": "1",
    "is_superuser": "1",
    "birthdate": "1970-01-01",
    "grade": "12",
    "email": "new@example.com",
    "username": "boss",
    "person_id": "0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11",
    "blocked_at": "",
    "signup_device": "x",
    "theme": "ocean",
    "groups": "1",
}


def facts(user: User) -> dict[str, Any]:
    return dict(User.objects.filter(pk=user.pk).values(*(name for name in EXTRA if name != "groups")).get())


@pytest.mark.parametrize("path", ["/settings/", "/accounts/password/change/", "/friends/ask/", "/rewards/theme/"])
def test_extra_fields_change_nothing(path: str) -> None:
    bo = person("Bo")
    before = facts(bo)
    allowed = {"avatar": "mint", "oldpassword": "correct-horse-9", "password1": "another-horse-7"}
    browser(bo).post(path, EXTRA | allowed | {"password2": "another-horse-7"})
    assert facts(bo) == before
