"""Keys, scopes and cursors of the API as pure functions."""

import base64
import binascii
import json
from datetime import timedelta
from hashlib import sha256

MAX_BODY = 1024 * 1024  # bytes
MAX_BATCH = 100
MAX_PAGE = 200
KEY_MARK = "vge"
PREFIX_LENGTH, SECRET_LENGTH = 12, 43  # the secret holds 256 random bits, so a plain hash of it cannot be reversed
ROTATION_GRACE = timedelta(hours=24)  # both keys work, until the program has the new one
MAX_AHEAD = timedelta(minutes=5)  # clocks differ
MAX_BEHIND = timedelta(days=7)
USE_NOTED_EVERY = timedelta(minutes=1)

SCOPES = {
    "events:write": "Send events, such as finished practice",
    "people:write": "Create and change people and cohorts",
    "people:read": "Read people and cohorts",
    "results:read": "Read results",
    "decisions:read": "Read decisions of agents with their reasons",
    "links:write": "Create and deactivate share links",
    "links:read": "Read share links and their QR codes",
    "standings:read": "Read boards",
    "rewards:read": "Read rewards and balances",
    "experiments:read": "Read the variant of a person, and results of experiments",
    "growth:read": "Read the K-factor and daily counts",
    "mcp:use": "Ask agents over MCP, within the other scopes",
    "rewards:write": "Grant, redeem and revoke rewards (MCP)",
    "safety:read": "Ask trust and safety about an action (MCP)",
    "sessions:read": "Read summaries of tutoring sessions (MCP)",
}


def hash_of(token: str) -> str:
    """SHA-256 of a key; the only form in which a key is stored."""
    return sha256(token.encode()).hexdigest()


def is_token(token: str) -> bool:
    """Whether the text has the shape of a key, so that a guess of another shape costs no query."""
    mark, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    return token.isascii() and mark == KEY_MARK and len(prefix) == PREFIX_LENGTH and len(secret) == SECRET_LENGTH


def body_hash(method: str, path: str, body: bytes) -> str:
    """SHA-256 of a request: a repeated idempotency key with another one is a mistake of the client."""
    return sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()


def is_known(scopes: object) -> bool:
    """Whether this is a list of scopes that exist, each once."""
    return isinstance(scopes, list) and set(scopes) <= set(SCOPES) and len(set(scopes)) == len(scopes) > 0


def write_cursor(*position: int | str) -> str:
    """The position after the last row of a page, as opaque text."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def read_cursor(text: str) -> list[int | str]:
    """The position that a cursor names. Raises  ValueError."""
    try:
        position = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError("no cursor of this API") from error
    if not isinstance(position, list) or not all(type(part) in {int, str} for part in position):
        raise ValueError("no cursor of this API")
    return position
