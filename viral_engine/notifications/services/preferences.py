"""Write a person's preferences: kinds by channel, and quiet hours."""

from collections.abc import Collection
from datetime import time

from django.db import transaction

from viral_engine.accounts.models import User
from viral_engine.notifications.models import MutedKind, QuietHours


@transaction.atomic
def set_preferences(
    *, user: User, muted: Collection[tuple[str, str]], time_zone: str, starts: time, ends: time
) -> None:
    """Store the (kind, channel) pairs that are off, and the quiet hours. 3 to 5 statements."""
    MutedKind.objects.filter(user=user).delete()
    MutedKind.objects.bulk_create(
        (MutedKind(user=user, kind=kind, channel=channel) for kind, channel in sorted(muted)), ignore_conflicts=True
    )
    hours = {"time_zone": time_zone, "starts": starts, "ends": ends}
    QuietHours.objects.update_or_create(user=user, defaults=hours)
