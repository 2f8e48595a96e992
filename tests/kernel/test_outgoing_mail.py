"""Mail of accounts is leased work: sent by a worker, retried for a day or refused for good, and empty once sent."""

from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from pytest_django import Settings

from tests.factories import person
from tests.receivers import mailing
from tests.servers import free_port
from tests.steps.retention import purge
from viral_engine.accounts.services.erasure import continue_erasures, erase_account
from viral_engine.kernel.models import OutgoingMail
from viral_engine.kernel.outgoing_mail import queue_mail, send_waiting

pytestmark = pytest.mark.django_db


def queued(at: datetime, person_id: int | None = None) -> OutgoingMail:
    message = EmailMultiAlternatives("Your code", "The code is RBN-4QX.", to=["bo@example.com"])
    message.attach_alternative("<p>RBN-4QX</p>", "text/html")
    queue_mail(message, kind="login_code", person_id=person_id, at=at)
    return OutgoingMail.objects.get()


def use_server(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "viral_engine.kernel.outbound.mail.RegisteredSmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5


def stored() -> str:
    """The row as a stolen backup shows it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM kernel_outgoingmail")
        return str(cursor.fetchall())


def test_a_mail_is_encrypted_while_it_waits_and_emptied_once_it_is_sent(at: datetime, settings: Settings) -> None:
    queued(at)
    assert [word for word in ("RBN-4QX", "bo@example.com", "Your code") if word in stored()] == []
    with mailing() as (mailroom, port):
        use_server(settings, port)
        assert send_waiting(at=at) == 1
        assert send_waiting(at=at) == 0
    [mail] = mailroom.mails
    assert [word in mail for word in ("The code is RBN-4QX.", "<p>RBN-4QX</p>", "bo@example.com")] == [True] * 3
    row = OutgoingMail.objects.get()
    assert (row.mailbox, row.subject, row.text, row.html, row.sent_at) == ("", "", "", "", at)


def test_a_mail_that_is_refused_for_now_is_tried_for_a_day(at: datetime, settings: Settings) -> None:
    row = queued(at)
    with mailing("451 busy") as (_, port):
        use_server(settings, port)
        for hours in (0, 1, 6, 23):
            send_waiting(at=at + timedelta(hours=hours))
    row.refresh_from_db()
    assert (row.attempts, row.last_error, row.dead_lettered_at) == (4, "SMTP 451", None)
    send_waiting(at=at + timedelta(hours=25))
    row.refresh_from_db()
    assert (row.last_error, row.dead_lettered_at) == ("SMTP 451", at + timedelta(hours=25))


def test_a_server_that_is_away_costs_no_mail(at: datetime, settings: Settings) -> None:
    row = queued(at)
    use_server(settings, free_port())
    assert send_waiting(at=at) == 0
    row.refresh_from_db()
    assert (row.last_error, row.leased_until) == ("ConnectionRefusedError", at + timedelta(seconds=10))
    with mailing() as (mailroom, port):
        use_server(settings, port)
        assert send_waiting(at=at + timedelta(seconds=10)) == 1
    assert len(mailroom.mails) == 1


def test_a_mail_that_is_refused_for_good_is_tried_once(at: datetime, settings: Settings) -> None:
    row = queued(at)
    with mailing("550 no such mailbox") as (_, port):
        use_server(settings, port)
        send_waiting(at=at)
        send_waiting(at=at + timedelta(hours=1))
    row.refresh_from_db()
    assert (row.attempts, row.last_error, row.dead_lettered_at) == (1, "SMTP 550", at)


def test_a_mail_ends_with_its_account_and_after_a_week(at: datetime) -> None:
    bo = person("Bo")
    queued(at, bo.pk)
    erase_account(user=bo, by=bo, at=at)
    continue_erasures(at=at)
    assert not OutgoingMail.objects.exists()
    queued(at)
    assert purge("mail", at + timedelta(days=6)) == 0
    assert purge("mail", at + timedelta(days=7, seconds=1)) == 1
