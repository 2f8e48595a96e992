"""Friend-invite links: signed, good for 14 days, and dead as soon as their sender may have no friends."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from viral_engine.accounts.models import User

SALT = "accounts.friend_invite"
MAX_AGE_S = 14 * 24 * 3600


def invite_url(user: User) -> str:
    """A new link each time it is shown; every one of them ages by itself."""
    path = reverse("accounts:friend_invite", args=[signing.dumps(user.pk, salt=SALT)])
    return f"{settings.SITE_URL}{path}"


def inviter_of(token: str) -> User | None:
    """Whoever sent the link; None for one that is forged, cut or too old. 1 query, none for a forged one."""
    try:
        user_id = int(signing.loads(token, salt=SALT, max_age=MAX_AGE_S))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return User.objects.filter(pk=user_id).first()
