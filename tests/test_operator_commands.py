"""Commands of operators: the first superuser, and dead letters on their way again."""

import io
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command

from tests.factories import browser, person
from viral_engine.accounts.models import User
from viral_engine.kernel.models import Delivery, LoggedEvent

pytestmark = pytest.mark.django_db


def test_the_first_admin_logs_in_with_the_password_that_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct-horse-battery-9\n"))
    call_command("create_admin", "root", "root@example.com", stdout=(out := io.StringIO()))
    assert "Created root" in out.getvalue()
    client = browser()
    client.post("/accounts/login/", {"login": "root", "password": "correct-horse-battery-9"})
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("username", "email", "password", "reason"),
    [("ada", "new@example.com", "correct-horse-battery-9", "already"), ("root", "root@example.com", "1234", "short")],
)
def test_an_admin_without_a_password_or_a_name_of_their_own_is_refused(
    username: str, email: str, password: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("Ada")
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    with pytest.raises(CommandError, match=f"(?i){reason}|There is an account"):
        call_command("create_admin", username, email)
    assert User.objects.count() == 1


def test_dead_letters_are_counted_and_tried_again(at: datetime) -> None:
    event = LoggedEvent.objects.create(type="test", at=at)
    for listener, error in (("one", "timeout"), ("two", "KeyError")):
        Delivery.objects.create(event=event, listener=listener, last_error=error, dead_lettered_at=at, attempts=8)
    call_command("requeue", stdout=(counted := io.StringIO()))
    assert "kernel.Delivery: 2" in counted.getvalue()
    call_command("requeue", "kernel.Delivery", "--error", "timeout", stdout=(done := io.StringIO()))
    assert "kernel.Delivery: 1 will be tried again" in done.getvalue()
    assert list(Delivery.objects.dead_lettered().values_list("listener", flat=True)) == ["two"]
    with pytest.raises(CommandError, match=r"kernel\.Moon is no kind of work"):
        call_command("requeue", "kernel.Moon")
