"""Web Push (RFC 8030, 8188, 8291, 8292): subscribe browsers with consent, and send what waits to them."""

import base64
import json
import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.urls import reverse
from py_vapid import Vapid02

from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.services.consent import is_child
from viral_engine.kernel.leases import GiveUp, TryLater, run
from viral_engine.kernel.outbound.gate import OutboundFailed, OutboundRefused
from viral_engine.kernel.outbound.pinned import post_pinned, url_refusal
from viral_engine.notifications.models import PushMessage, PushSubscription
from viral_engine.notifications.queries import text_of

VENDOR = "push"
MAX_BROWSERS = 10  # of one person; the oldest goes
TTL_S = 24 * 3600  # how long a push service keeps a message for a browser that is off
TOKEN_S = 12 * 3600
OK, REDIRECT, GONE = 200, 300, (404, 410)
TOO_MANY, SERVER_ERROR = 429, 500
P256DH_BYTES, AUTH_BYTES = 65, 16


class PushRefused(Exception):
    """This person or this browser gets no pushes; the text says why, for the page."""


@dataclass(frozen=True, slots=True)
class BrowserKeys:
    """A browser's subscription, as its script sends it."""

    endpoint: str
    p256dh: str
    auth: str


def public_key() -> str:
    """The site's key for `applicationServerKey`, base64url; empty where the site sends no pushes."""
    if not settings.VAPID_PRIVATE_KEY:
        return ""
    point = _signer().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def may_get_pushes(user: User, at: datetime) -> bool:
    """Whether pushes may reach this person: a child needs a parent's consent. 1 query for a child."""
    return not is_child(user, at) or bool(Consent.objects.all().with_coppa_consent([user.pk]))


def subscribe(*, user: User, keys: BrowserKeys, at: datetime) -> PushSubscription:
    """Let a browser get this person's pushes; it belongs to whoever subscribed last.

    Raises  PushRefused for a child without consent, and for an address or keys that are none of a push service.
    Cost    3 statements, 1 more for a child.
    """
    if not may_get_pushes(user, at):
        raise PushRefused("A parent has to agree before we may send you anything.")
    if url_refusal(keys.endpoint, vendor=VENDOR) or not _are_keys(keys):
        raise PushRefused("This browser's push service is not one we know.")
    row = {"user": user, "endpoint": keys.endpoint, "p256dh": keys.p256dh, "auth": keys.auth, "created_at": at}
    made, _ = PushSubscription.objects.update_or_create(endpoint_hash=_hash(keys.endpoint), defaults=row)
    PushMessage.objects.filter(subscription=made).exclude(notification__user=user).delete()  # of the person before
    kept = PushSubscription.objects.filter(user=user).order_by("-created_at").values_list("pk", flat=True)
    PushSubscription.objects.filter(user=user).exclude(pk__in=list(kept[:MAX_BROWSERS])).delete()
    return made


def unsubscribe(*, user: User, endpoint: str) -> bool:
    """Forget this person's browser."""
    return bool(PushSubscription.objects.filter(user=user, endpoint_hash=_hash(endpoint)).delete()[0])


def send_waiting(*, at: datetime) -> int:
    """Send the pushes whose time has come, for 30 s at most; returns how many push services took.

    A process that dies between sending and recording sends again; the tag lets the browser replace the first one.

    Cost  1 query, and 5 statements a push, 1 more for a child; up to 10 s for a service that hangs.
    """
    if not settings.VAPID_PRIVATE_KEY:
        return 0
    left_out = set[int]()

    def send(message: PushMessage) -> dict[str, Any] | None:
        reason = _reason_to_leave_out(message, at) or _post(message, at)
        if reason:
            left_out.add(message.pk)
            return {"left_out": reason}
        return None

    related = PushMessage.objects.select_related("subscription__user", "notification__about")
    done = run(related, send, at=at)
    return sum(one.pk not in left_out for one in done)


def _reason_to_leave_out(message: PushMessage, at: datetime) -> str:
    """Why nothing is sent now: rights and news may have changed since it was queued."""
    user = message.subscription.user
    if message.notification.read_at is not None:
        return "read meanwhile"
    if not user.is_active or user.blocked_at is not None:
        return "the account is switched off"
    if not may_get_pushes(user, at):
        return "no parent has agreed"
    return ""


def _post(message: PushMessage, at: datetime) -> str:
    """Send one push; returns why it never arrives, or nothing. Raises  TryLater, GiveUp."""
    subscription = message.subscription
    body = _encrypted(subscription, payload_of(message))
    try:
        answer = post_pinned(subscription.endpoint, body, _headers(subscription.endpoint, at), vendor=VENDOR)
    except OutboundRefused as refusal:
        raise GiveUp(str(refusal)) from None
    except OutboundFailed as failure:
        raise TryLater(str(failure)) from None
    if OK <= answer.status < REDIRECT:
        return ""
    if answer.status in GONE:  # the person took the permission back in the browser
        PushSubscription.objects.filter(pk=subscription.pk).delete()
        return "the browser is gone"
    if answer.status == TOO_MANY or answer.status >= SERVER_ERROR:
        raise TryLater(f"The push service answered {answer.status}.")
    raise GiveUp(f"The push service answered {answer.status}.")


def payload_of(message: PushMessage) -> bytes:
    """The text that the service worker shows. It is encrypted for the browser; the push service cannot read it."""
    news = message.notification
    data = {
        "title": settings.SITE_NAME,
        "body": text_of(news),
        "url": reverse("notifications:page"),
        "tag": f"{news.kind}-{news.pk}",
    }
    return json.dumps(data).encode()


def _encrypted(subscription: PushSubscription, text: bytes) -> bytes:
    try:
        return bytes(
            http_ece.encrypt(
                text,
                salt=os.urandom(16),
                private_key=ec.generate_private_key(ec.SECP256R1()),
                dh=_bytes_of(subscription.p256dh),
                auth_secret=_bytes_of(subscription.auth),
                version="aes128gcm",
            )
        )
    except (ValueError, InvalidTag, http_ece.ECEException) as error:
        raise GiveUp("The browser's keys are not valid.") from error


def _headers(endpoint: str, at: datetime) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "sub": f"mailto:{settings.PRIVACY_CONTACT}",
        "exp": int(at.timestamp()) + TOKEN_S,
    }
    signed = {str(name): str(value) for name, value in _signer().sign(claims).items()}
    return signed | {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL_S),
        "Urgency": "normal",
    }


def _signer() -> Vapid02:
    return Vapid02.from_string(settings.VAPID_PRIVATE_KEY)


def _are_keys(keys: BrowserKeys) -> bool:
    try:
        point, secret = _bytes_of(keys.p256dh), _bytes_of(keys.auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return (len(point), len(secret)) == (P256DH_BYTES, AUTH_BYTES)


def _bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hash(endpoint: str) -> str:
    return sha256(endpoint.encode()).hexdigest()
