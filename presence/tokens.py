"""Socket tokens: a signed user id, valid for 24 hours or until its owner logs out."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import signing

MAX_AGE_S = 24 * 3600
SALT = "presence.socket"


@dataclass(frozen=True, slots=True)
class Ticket:
    user_id: int
    issued_at: datetime


def token_for(user_id: int, at: datetime) -> str:
    return signing.dumps({"user": user_id, "at": at.timestamp()}, salt=SALT)


def read_token(token: str) -> Ticket | None:
    """The ticket in the token; None if the signature is wrong or the token is older than 24 hours."""
    try:
        content = signing.loads(token, salt=SALT, max_age=MAX_AGE_S)
        return Ticket(int(content["user"]), datetime.fromtimestamp(float(content["at"]), tz=UTC))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
