"""Socket tokens: a signed user id, valid for 24 hours or until its owner logs out or has another password."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import signing

from viral_engine.accounts.models import User

MAX_AGE_S = 24 * 3600
SALT = "presence.socket"


@dataclass(frozen=True, slots=True)
class Ticket:
    user_id: int
    issued_at: datetime
    password_stamp: str


def token_for(user: User, at: datetime) -> str:
    return signing.dumps({"user": user.pk, "at": at.timestamp(), "stamp": user.password_stamp}, salt=SALT)


def read_token(token: str) -> Ticket | None:
    """The ticket in the token; None if the signature is wrong or the token is older than 24 hours."""
    try:
        content = signing.loads(token, salt=SALT, max_age=MAX_AGE_S)
        issued_at = datetime.fromtimestamp(float(content["at"]), tz=UTC)
        return Ticket(int(content["user"]), issued_at, str(content["stamp"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
