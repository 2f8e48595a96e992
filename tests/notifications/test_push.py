"""Web Push against a push service on this machine, which decrypts what it gets as a browser would."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pytest_django import Settings

from tests.factories import browser, child, parent_of, person
from viral_engine.accounts.events import FriendRequested
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.notifications.models import MutedKind, PushMessage, PushSubscription, QuietHours
from viral_engine.notifications.services.inbox import mark_read, notify
from viral_engine.notifications.services.push import BrowserKeys, PushRefused, public_key, send_waiting, subscribe

pytestmark = pytest.mark.django_db
SECRET = b"0123456789abcdef"


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class PushService:
    """A push service with one browser behind it."""

    url: str = ""
    status: int = 201
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def keys(self) -> BrowserKeys:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return BrowserKeys(self.url, text_of(point), text_of(SECRET))

    def shown(self, number: int = -1) -> dict[str, Any]:
        body = self.calls[number][1]
        text = http_ece.decrypt(body, private_key=self.key, auth_secret=SECRET, version="aes128gcm")
        return dict(json.loads(text))


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    vapid = Vapid02()
    vapid.generate_keys()
    number = vapid.private_key.private_numbers().private_value
    settings.VAPID_PRIVATE_KEY = text_of(number.to_bytes(32, "big"))
    with running(PushService()) as started:
        yield started


@contextmanager
def running(service: PushService) -> Iterator[PushService]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.calls.append((dict(self.headers), body))
            self.send_response(service.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}/push/abc"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asked(at: datetime) -> tuple[User, User]:
    return person("Ada", at=at), person("Bo", at=at)


def test_a_push_is_signed_encrypted_and_read_by_the_browser_alone(service: PushService, at: datetime) -> None:
    ada, bo = asked(at)
    subscribe(user=ada, keys=service.keys, at=at)
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    assert (send_waiting(at=at), send_waiting(at=at), len(service.calls)) == (1, 0, 1)
    headers, body = service.calls[0]
    assert b"Bo" not in body
    assert service.shown()["body"] == "Bo wants to be friends with you."
    assert service.shown()["url"] == "/notifications/"
    assert (headers["Content-Encoding"], headers["TTL"]) == ("aes128gcm", "86400")
    _, _, key = headers["Authorization"].removeprefix("vapid t=").partition(",k=")
    assert key == public_key()
    assert Vapid02.verify(headers["Authorization"])


def test_news_of_a_kind_are_pushed_once_until_they_are_read(service: PushService, at: datetime) -> None:
    ada, bo = asked(at)
    subscribe(user=ada, keys=service.keys, at=at)
    for _ in range(3):
        notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    assert send_waiting(at=at) == 1
    assert service.shown()["body"] == "3 learners want to be friends with you."
    mark_read(user=ada, at=at)
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    mark_read(user=ada, at=at)
    assert send_waiting(at=at) == 0
    assert PushMessage.objects.get(left_out="read meanwhile").sent_at is not None


def test_quiet_hours_hold_a_push_back_and_a_muted_kind_has_none(service: PushService, at: datetime) -> None:
    ada, bo = asked(at)
    subscribe(user=ada, keys=service.keys, at=at)
    local = at.hour
    QuietHours.objects.create(user=ada, time_zone="UTC", starts=f"{local:02}:00", ends=f"{local + 2:02}:00")
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    assert (send_waiting(at=at), send_waiting(at=at + timedelta(hours=2))) == (0, 1)
    mark_read(user=ada, at=at)
    MutedKind.objects.create(user=ada, kind="friend_request", channel="push")
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    assert PushMessage.objects.filter(sent_at=None).count() == 0


def test_a_child_without_consent_gets_none(service: PushService, at: datetime) -> None:
    kid, bo = child("Ada", at=at), person("Bo", at=at)
    with pytest.raises(PushRefused, match="parent"):
        subscribe(user=kid, keys=service.keys, at=at)
    parent = parent_of(kid, at=at)
    give_consent(parent=parent, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    subscribe(user=kid, keys=service.keys, at=at)
    notify(FriendRequested(actor_id=bo.pk, other_id=kid.pk), at)
    withdraw_consent(parent=parent, child=kid, kind="coppa", at=at)
    assert (send_waiting(at=at), service.calls) == (0, [])
    assert PushMessage.objects.get().left_out == "no parent has agreed"


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(service: PushService, at: datetime, status: int) -> None:
    ada, bo = asked(at)
    subscribe(user=ada, keys=service.keys, at=at)
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    service.status = status
    assert (send_waiting(at=at), PushSubscription.objects.count(), PushMessage.objects.count()) == (0, 0, 0)


def test_a_failing_service_is_asked_again(service: PushService, at: datetime) -> None:
    ada, bo = asked(at)
    subscribe(user=ada, keys=service.keys, at=at)
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    service.status = 503
    assert send_waiting(at=at) == 0
    service.status = 201
    assert (send_waiting(at=at + timedelta(seconds=30)), send_waiting(at=at + timedelta(seconds=70))) == (0, 1)


def test_foreign_addresses_and_bad_keys_are_refused(service: PushService, at: datetime) -> None:
    ada = person("Ada", at=at)
    good = service.keys
    foreign = "https://evil.example/push"
    metadata = "http://169.254.169.254/latest"
    for keys in (
        BrowserKeys(foreign, good.p256dh, good.auth),
        BrowserKeys(metadata, good.p256dh, good.auth),
        BrowserKeys(good.endpoint, "AAAA", good.auth),
        BrowserKeys(good.endpoint, good.p256dh, "x"),
    ):
        with pytest.raises(PushRefused):
            subscribe(user=ada, keys=keys, at=at)


def test_a_browser_belongs_to_the_person_who_subscribed_last(service: PushService, at: datetime) -> None:
    ada, bo = asked(at)
    fields = {"endpoint": service.keys.endpoint, "p256dh": service.keys.p256dh, "auth": service.keys.auth}
    assert browser(ada).post("/notifications/browsers/", fields).status_code == 204
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    assert browser(bo).post("/notifications/browsers/", fields).status_code == 204
    assert PushSubscription.objects.get().user == bo
    assert (send_waiting(at=at + timedelta(days=1)), service.calls) == (0, [])
    browser(ada).post("/notifications/browsers/forget/", fields)
    assert PushSubscription.objects.count() == 1
    browser(bo).post("/notifications/browsers/forget/", fields)
    assert PushSubscription.objects.count() == 0


def test_without_a_key_the_site_sends_nothing(service: PushService, at: datetime, settings: Settings) -> None:
    ada, bo = asked(at)
    subscribe(user=ada, keys=service.keys, at=at)
    notify(FriendRequested(actor_id=bo.pk, other_id=ada.pk), at)
    settings.VAPID_PRIVATE_KEY = ""
    assert (public_key(), send_waiting(at=at), service.calls) == ("", 0, [])
