from datetime import datetime

from django.db import transaction

from viral_engine.accounts.events import GuestRecognized
from viral_engine.accounts.models import Guest, Role, User
from viral_engine.kernel.services import announce


def start_guest(*, device: str, ip_hash: str, link_code: str, at: datetime) -> Guest:
    """A person without an account can now own attempts; the caller gives them the cookie."""
    return Guest.objects.create(device=device, ip_hash=ip_hash, link_code=link_code, created_at=at)


def adopt_guest(*, guest: Guest, user: User) -> bool:
    """The guest belongs to the user; False when somebody else already owns them."""
    Guest.objects.filter(pk=guest.pk, user=None).update(user=user)
    guest.refresh_from_db(fields=["user"])
    return guest.user_id == user.pk


@transaction.atomic
def recognize_guest(*, guest: Guest, user: User, at: datetime) -> bool:
    """The guest belongs to the learner who logged in from the same browser; False when that is not so.

    The member stays who they were, with their own person id: a log-in is no sign-up, so it is never owed to a link.
    Parents and tutors leave the guest alone, who may well be a child at the family's computer.

    Announces GuestRecognized, once per guest.
    """
    if user.role != Role.STUDENT or not Guest.objects.filter(pk=guest.pk, user=None).update(user=user):
        return False
    announce(GuestRecognized(actor_id=user.pk, guest_id=str(guest.pk), link_code=guest.link_code), at=at)
    return True
