"""Friend-invite links: signed, valid for 14 days, and only while their sender may have friends."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from viral_engine.accounts.models import User

SALT = "accounts.friend_invite"
MAX_AGE_S = 14 * 24 * 3600


def invite_url(user: User) -> str:
    """A new link on every call, valid for 14 days from now."""
    path = reverse("accounts:friend_invite", args=[signing.dumps(user.pk, salt=SALT)])
    return f"{settings.SITE_URL}{path}"


def invite_sender(token: str) -> User | None:
    """The sender of the link; None for a forged, truncated or expired link. 1 query, none for a forged link."""
    try:
        user_id = int(signing.loads(token, salt=SALT, max_age=MAX_AGE_S))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return User.objects.filter(pk=user_id).first()
