"""Signatures as Standard Webhooks says, and the pauses between attempts; pure functions.

Source  the specification at standard-webhooks, version 1: `id.timestamp.body`, HMAC-SHA256, base64, `v1,` before it.
"""

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

SECRET_MARK = "whsec_"  # noqa: S105  (a prefix)
SECRET_BYTES = 32
MAX_FAILURES = 20  # in a row; then the endpoint is disabled
GONE = 410  # the receiver asks for no more
FIRST_PAUSE, MAX_PAUSE = timedelta(seconds=10), timedelta(hours=1)
KEPT_FOR = timedelta(hours=24)  # how long a delivery is attempted
ROTATION_GRACE = timedelta(hours=24)  # both secrets sign, until the receiver has the new one


def write_secret(random_bytes: bytes) -> str:
    return SECRET_MARK + base64.b64encode(random_bytes).decode()


def signature(message_id: str, timestamp: int, body: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return f"v1,{base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()}"


def headers(message_id: str, timestamp: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of one attempt, signed with each secret that is valid now."""
    return {
        "content-type": "application/json",
        "user-agent": "viral-growth-engine-webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(message_id, timestamp, body, secret) for secret in secrets),
    }


def payload(event_type: str, occurred_at: str, data: Mapping[str, Any]) -> bytes:
    """The body of a message; the same bytes in each attempt."""
    message = {"type": event_type, "timestamp": occurred_at, "data": dict(data)}
    return json.dumps(message, separators=(",", ":"), sort_keys=True).encode()


def pause_after(failures: int, chance: float) -> timedelta:
    """The pause after so many failures in a row: doubled each time, an hour at most, a quarter longer or shorter.

    `chance` is uniform in [0, 1). Without it, all receivers of a company that was down would be called at one moment.
    """
    doubled = min(FIRST_PAUSE * (1 << min(max(failures - 1, 0), 16)), MAX_PAUSE)
    return min(doubled * (0.75 + chance / 2), MAX_PAUSE)


def retry_after_s(header: str) -> float | None:
    """The seconds that a receiver asks us to wait; None for a date or nonsense."""
    return float(header) if header.isascii() and header.isdigit() and len(header) <= 6 else None  # noqa: PLR2004
