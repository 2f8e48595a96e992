"""Other programs hear of events: signed, once or again, and from nobody who only pretends to be outside."""

import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from monitoring.alerts import rules as alert_rules
from monitoring.models import Alert
from monitoring.services import run_health_check
from tests.factories import browser, child, parent_of, person, practice
from tests.receivers import Answer, receiving
from tests.steps.admin import give_reason
from tests.steps.staff import superuser
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
from viral_engine.kernel.outbound import pinned
from viral_engine.kernel.outbound.gate import OutboundFailed, OutboundRefused
from viral_engine.learning.models import Skill
from viral_engine.webhook_events import WEBHOOK_EVENTS
from viral_engine.webhooks import rules
from viral_engine.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from viral_engine.webhooks.published import published_types
from viral_engine.webhooks.services import deliveries, endpoints

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/hook"


def endpoint(url: str, *types: str, title: str = "Calendar") -> WebhookEndpoint:
    made = WebhookEndpoint.objects.create(
        title=title,
        url=url,
        event_types=list(types) or ["practice_completed"],
        secret=endpoints.new_secret(),
        created_at=now(),
    )
    endpoints.subscribed_types.clear()
    return made


def waiting(target: WebhookEndpoint, count: int = 1, *, at: datetime | None = None) -> list[WebhookDelivery]:
    at = at or now()
    fields = {"type": "practice_completed", "data": {"score": 80}, "occurred_at": at, "created_at": at}
    return [
        WebhookDelivery.objects.create(endpoint=target, **fields, expires_at=at + rules.KEPT_FOR) for _ in range(count)
    ]


def send(after: timedelta = timedelta()) -> int:
    return deliveries.send_waiting(at=now() + after)


def verified(target: WebhookEndpoint, call: tuple[dict[str, str], bytes]) -> Any:
    """The message, verified as a receiver does."""
    headers, body = call
    return Webhook(target.secret).verify(body.decode(), {name.lower(): value for name, value in headers.items()})


# -- A message ---------------------------------------------------------------------------------------------------
def test_an_event_arrives_once_signed_and_without_names(algebra: Skill) -> None:
    with receiving(path=PATH) as receiver:
        target = endpoint(receiver.url, "practice_completed")
        other = endpoint(receiver.url, "fvm_reached", title="Other")
        ada = person("Ada")
        practice(ada, algebra, right=4, at=now())
        assert (send(), send()) == (1, 0)
    (call,) = receiver.calls
    message = verified(target, call)
    row = WebhookDelivery.objects.get()
    assert message["type"] == "practice_completed"
    assert message["data"] == {
        "person": str(ada.person_id),
        "sequence": row.pk,
        "subject": "math",
        "skill": "algebra",
        "kind": "practice",
        "score": 80,
        "duration_s": 60,
    }
    assert call[0]["webhook-id"] == str(row.message_id)
    assert "Ada" not in call[1].decode()
    with pytest.raises(WebhookVerificationError):
        verified(other, call)
    with pytest.raises(WebhookVerificationError):
        verified(target, (call[0], call[1] + b" "))


def test_nothing_is_queued_for_events_that_nobody_hears_of(algebra: Skill) -> None:
    endpoint("http://127.0.0.1:9/hook", "fvm_reached")
    practice(person("Ada"), algebra, at=now())
    assert WebhookDelivery.objects.count() == 0


def test_both_secrets_sign_for_a_day_after_a_rotation() -> None:
    with receiving(path=PATH) as receiver:
        target = endpoint(receiver.url)
        old = target.secret
        endpoints.rotate_secret(endpoint=target, at=now())
        target.refresh_from_db()
        assert target.secret != old
        waiting(target, 2)
        send()
        WebhookEndpoint.objects.update(previous_until=now())
        waiting(target)
        send()
    first, _, last = receiver.calls
    headers = {name.lower(): value for name, value in first[0].items()}
    assert Webhook(old).verify(first[1].decode(), headers) == verified(target, first)
    assert len(last[0]["webhook-signature"].split(" ")) == 1


def test_nothing_is_said_of_a_child_before_and_after_consent() -> None:
    kid = child("Cy")
    parent = parent_of(kid, at=now())
    with receiving(path=PATH) as receiver:
        target = endpoint(receiver.url)
        (row,) = waiting(target)
        WebhookDelivery.objects.update(actor_id=kid.pk)
        assert send() == 0
        row.refresh_from_db()
        assert (row.left_out, receiver.calls) == ("no parent has agreed", [])
        give_consent(parent=parent, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
        WebhookDelivery.objects.all().replay(now())
        assert send() == 1
    assert receiver.bodies[0]["data"]["person"] == str(kid.person_id)


def test_every_published_event_is_documented_and_carries_no_id_of_others() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    assert [name for name in published_types() if f"`{name}`" not in documented] == []

    assert [name for one in WEBHOOK_EVENTS for name in one.fields if name.endswith("_id")] == []


# -- Receivers that fail, hang, lie, redirect --------------------------------------------------------------------
def test_a_failure_is_repeated_under_the_same_id_until_it_is_taken() -> None:
    with receiving(Answer(500), Answer(503), Answer(204), path=PATH) as receiver:
        target = endpoint(receiver.url)
        (row,) = waiting(target)
        assert send() == 0
        assert send() == 0  # it rests
        assert len(receiver.calls) == 1
        assert send(timedelta(minutes=1)) == 0
        assert send(timedelta(minutes=3)) == 1
    assert {call[0]["webhook-id"] for call in receiver.calls} == {str(row.message_id)}
    assert len({call[1] for call in receiver.calls}) == 1
    assert list(WebhookAttempt.objects.order_by("pk").values_list("status", flat=True)) == [500, 503, 204]
    target.refresh_from_db()
    assert (target.failures, target.retry_at) == (0, None)


def test_a_receiver_says_how_long_to_wait() -> None:
    with receiving(Answer(429, {"Retry-After": "1800"}), Answer(200), path=PATH) as receiver:
        waiting(endpoint(receiver.url))
        send()
        assert send(timedelta(minutes=29)) == 0
        assert send(timedelta(minutes=31)) == 1


def answer(client: socket.socket, reply: bytes, pause_s: float, done: threading.Event) -> None:
    """Send the reply at once, or byte by byte; an empty one never comes."""
    with client, suppress(OSError):  # the client hangs up
        client.recv(65_536)
        if not pause_s:
            client.sendall(reply)
        for place in range(len(reply) if pause_s else 0):
            if done.wait(pause_s):
                return
            client.sendall(reply[place : place + 1])
        if not reply:
            done.wait(20)


@contextmanager
def speaking(reply: bytes, *, pause_s: float = 0.0) -> Iterator[str]:
    """A server that answers its first caller with these bytes, whatever it is asked."""
    done = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            answer(listener.accept()[0], reply, pause_s, done)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    finally:
        done.set()
        listener.close()


OK_BYTES = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("reply", "pause_s", "error"),
    [
        (b"", 0.0, "no answer in time"),  # hangs
        (OK_BYTES, 0.1, "no answer in time"),  # drips
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 200, 0.01, "no answer in time"),  # never comes to the point
        (b"220 mail.example.com ESMTP\r\n", 0.0, "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000, 0.0, "LineTooLong"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", 0.0, "HTTPException"),
    ],
)
def test_a_receiver_that_hangs_or_lies_ends_with_the_deadline(reply: bytes, pause_s: float, error: str) -> None:
    with speaking(reply, pause_s=pause_s) as url, pytest.raises(OutboundFailed, match=error):
        pinned.post_pinned(url, b"{}", {}, vendor="webhooks", deadline_s=0.5)


def test_a_promised_body_that_never_comes_is_not_awaited() -> None:
    with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n") as url:
        assert pinned.post_pinned(url, b"{}", {}, vendor="webhooks").status == 200


def test_a_redirect_is_a_failure_and_is_not_followed() -> None:
    with receiving(path="/inner") as inner, receiving(Answer(307, {"Location": inner.url}), path=PATH) as receiver:
        waiting(endpoint(receiver.url))
        assert send() == 0
    assert (len(receiver.calls), inner.calls) == (1, [])
    assert WebhookAttempt.objects.get().error == "The receiver answered 307."


def test_a_failing_endpoint_delays_no_other() -> None:
    with receiving(Answer(500), path=PATH) as bad, receiving(path=PATH) as good:
        waiting(endpoint(bad.url, title="Bad"), 3)
        waiting(endpoint(good.url, title="Good"), 3)
        assert send() == 3
    assert (len(bad.calls), len(good.calls)) == (1, 3)
    sequence = [body["data"]["sequence"] for body in good.bodies]
    assert sequence == sorted(sequence)


# -- Disabled ----------------------------------------------------------------------------------------------------
def test_twenty_failures_in_a_row_disable_the_endpoint_with_an_alert_and_keep_what_waits() -> None:
    with receiving(Answer(500), path=PATH) as receiver:
        target = endpoint(receiver.url)
        waiting(target, 2)
        start = now()
        for hour in range(21):
            deliveries.send_waiting(at=start + timedelta(minutes=61 * hour))
        target.refresh_from_db()
        assert (target.failures, target.disabled_for) == (20, "The receiver answered 500.")
        assert len(receiver.calls) == 20
        assert WebhookDelivery.objects.all().unfinished().count() == 2
        run_health_check(at=now())
        assert Alert.objects.all().open().filter(key="webhooks").exists()
        receiver.answers[:] = [Answer(200)]
        assert endpoints.enable(endpoint=target, at=start + timedelta(hours=40))
        assert deliveries.send_waiting(at=start + timedelta(hours=41)) == 2


def test_gone_disables_at_once() -> None:
    with receiving(Answer(410), path=PATH) as receiver:
        target = endpoint(receiver.url)
        waiting(target)
        send()
    target.refresh_from_db()
    assert target.disabled_at is not None


def test_a_message_is_attempted_for_a_day_then_kept() -> None:
    with receiving(Answer(500), Answer(200), path=PATH) as receiver:
        (row,) = waiting(endpoint(receiver.url))
        send()
        assert send(timedelta(hours=25)) == 0
        row.refresh_from_db()
        assert row.dead_lettered_at is not None
        assert row.last_error == "Not accepted within a day."
        assert WebhookDelivery.objects.all().replay(now() + timedelta(hours=25)) == 1
        assert send(timedelta(hours=25)) == 1


@pytest.mark.parametrize("failures", range(1, 24))
def test_pauses_double_up_to_an_hour_with_chance_in_them(failures: int) -> None:
    shortest, longest = rules.pause_after(failures, 0.0), rules.pause_after(failures, 0.999)
    doubled = min(timedelta(seconds=10 * 2 ** (failures - 1)), timedelta(hours=1))
    assert shortest == doubled * 0.75
    assert doubled <= longest <= min(doubled * 1.25, timedelta(hours=1))


def test_the_alert_is_unknown_while_nothing_can_be_read() -> None:
    assert [alert_rules.webhooks(count).firing for count in (None, 0, 1)] == [None, False, True]


# -- Addresses ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "ftp://hooks.example.com/x",
        "https://evil.example/x",
        "https://hooks.example.com.evil.example/",
        "https://user:secret@hooks.example.com/",
        "https://hooks.example.com@evil.example/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/#x",
        "https://hooks.example.com/\r\nX: y",
        "https://hooks.slack.com/x",  # in the register, but not for webhooks
        "https:///x",
        "https://[::1",
        "//hooks.example.com",
        "",
    ],
)
def test_an_address_outside_of_the_register_is_refused(url: str, settings: Settings) -> None:
    settings.VENDOR_HOSTS = {"webhooks": "hooks.example.com"}
    assert pinned.url_refusal("https://hooks.example.com/x?y=1", vendor="webhooks") == ""
    assert pinned.url_refusal(url, vendor="webhooks") != ""
    with pytest.raises(OutboundRefused):
        pinned.post_pinned(url, b"{}", {}, vendor="webhooks")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1"),
        *("224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2001:db8::1"),
    ],
)
def test_private_addresses_are_closed_in_production(address: str, settings: Settings) -> None:
    settings.OUTBOUND_LOOPBACK = False
    assert not pinned.is_open_to(ipaddress.ip_address(address))
    assert pinned.is_open_to(ipaddress.ip_address("93.184.216.34"))


def test_a_private_network_may_be_allowed(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]
    assert pinned.is_open_to(ipaddress.ip_address("10.1.2.3"))
    assert not pinned.is_open_to(ipaddress.ip_address("10.2.2.3"))


def test_a_registered_name_that_leads_inside_is_refused_before_a_connection(settings: Settings) -> None:
    settings.VENDOR_HOSTS = {"webhooks": "localhost"}
    with receiving(path=PATH) as receiver:
        settings.OUTBOUND_LOOPBACK = False
        url = receiver.url.replace("http://127.0.0.1", "https://localhost")
        with pytest.raises(OutboundRefused, match="private address"):
            pinned.post_pinned(url, b"{}", {}, vendor="webhooks")
    assert receiver.calls == []


def test_a_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers with another address the second time is asked no second time."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def counting(host: Any, *args: Any, **options: Any) -> Any:
        asked.append(str(host))
        return resolve(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", counting)
    with receiving(path=PATH) as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        assert pinned.post_pinned(url, b"{}", {}, vendor="webhooks").status == 200
    assert asked.count("localhost") == 1
    assert receiver.calls[0][0]["Host"].startswith("localhost:")


# -- Staff -------------------------------------------------------------------------------------------------------
def test_staff_add_an_endpoint_see_its_secret_once_and_send_again(algebra: Skill) -> None:
    client = browser(superuser())
    with receiving(path=PATH) as receiver:
        form = {"title": "Calendar", "url": receiver.url, "event_types": ["practice_completed"], "is_active": "on"}
        refused = client.post("/admin/webhooks/webhookendpoint/add/", form | {"url": "https://evil.example/"})
        assert "not in the vendor register" in refused.content.decode()
        shown = client.post("/admin/webhooks/webhookendpoint/add/", form).content.decode()
        target = WebhookEndpoint.objects.get()
        assert shown.partition('id="new-secret">')[2].partition("<")[0].replace("&#x3D;", "=") == target.secret
        listed = client.get(f"/admin/webhooks/webhookendpoint/{target.pk}/change/").content.decode()
        assert target.secret not in listed
        practice(person("Ada"), algebra, at=now())
        assert send() == 1
        row = WebhookDelivery.objects.get()
        give_reason(client, f"/admin/webhooks/webhookdelivery/{row.pk}/change/")  # Ada is a minor
        page = client.get(f"/admin/webhooks/webhookdelivery/{row.pk}/change/").content.decode()
        assert "200" in page
        again = {"action": "requeue", "_selected_action": [row.pk]}
        client.post("/admin/webhooks/webhookdelivery/", again)
        assert send() == 1
    assert len({call[0]["webhook-id"] for call in receiver.calls}) == 1
    assert len(receiver.calls) == 2
    assert json.loads(receiver.calls[0][1]) == json.loads(receiver.calls[1][1])


def test_a_stolen_backup_holds_no_secret() -> None:

    target = endpoint("http://127.0.0.1:9/hook")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_webhookendpoint")
        assert target.secret not in str(cursor.fetchall())


def test_a_lost_worker_sends_again_after_its_lease() -> None:
    with receiving(path=PATH) as receiver:
        (row,) = waiting(endpoint(receiver.url))
        with time_machine.travel(now(), tick=False):
            assert WebhookDelivery.objects.all().claim(row.pk, at=now()) is not None  # and the process dies
            assert send(timedelta(seconds=30)) == 0
            assert send(timedelta(seconds=61)) == 1
    assert len(receiver.calls) == 1
