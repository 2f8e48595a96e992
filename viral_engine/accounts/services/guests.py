from datetime import datetime
from uuid import UUID

from django.db import transaction

from viral_engine.accounts.events import GuestMerged
from viral_engine.accounts.models import Guest, Role, User
from viral_engine.kernel.services import announce


def create_guest(*, device: str, ip_hash: str, link_code: str, at: datetime, form_id: UUID | None = None) -> Guest:
    """Create a guest who can own attempts; the caller sets the cookie.

    A form that is sent twice at once, each time without a cookie, makes one guest: `form_id` becomes the guest's id.
    """
    facts = {"device": device, "ip_hash": ip_hash, "link_code": link_code, "created_at": at}
    if form_id is not None:
        guest, _ = Guest.objects.get_or_create(pk=form_id, defaults=facts)
        if guest.user_id is None:
            return guest
    return Guest.objects.create(**facts)


def adopt_guest(*, guest: Guest, user: User) -> bool:
    """Link a guest to a user; False when another user already owns the guest."""
    Guest.objects.filter(pk=guest.pk, user=None).update(user=user)
    guest.refresh_from_db(fields=["user"])
    return guest.user_id == user.pk


@transaction.atomic
def merge_guest(*, guest: Guest, user: User, at: datetime) -> bool:
    """Link a browser's guest to the learner who logged in there; False when the guest stays separate.

    The member keeps their own person id. A log-in is not a sign-up, so no link gets credit for it. Parents and tutors
    do not take over a guest, who may be a child at the family's computer.

    Announces GuestMerged, once per guest.
    """
    if user.role != Role.STUDENT or not Guest.objects.filter(pk=guest.pk, user=None).update(user=user):
        return False
    announce(GuestMerged(actor_id=user.pk, guest_id=str(guest.pk), link_code=guest.link_code), at=at)
    return True
