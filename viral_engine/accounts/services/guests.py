from datetime import datetime

from viral_engine.accounts.models import Guest, User


def start_guest(*, device: str, ip_hash: str, link_code: str, at: datetime) -> Guest:
    """A person without an account can now own attempts; the caller gives them the cookie."""
    return Guest.objects.create(device=device, ip_hash=ip_hash, link_code=link_code, created_at=at)


def adopt_guest(*, guest: Guest, user: User) -> bool:
    """The guest belongs to the user; False when somebody else already owns them."""
    Guest.objects.filter(pk=guest.pk, user=None).update(user=user)
    guest.refresh_from_db(fields=["user"])
    return guest.user_id == user.pk
