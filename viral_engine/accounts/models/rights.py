from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import Max
from django.db.models.functions import Now


class RightsChangeQuerySet(models.QuerySet["RightsChange"]):
    def newest_id(self) -> int:
        """The newest id, 0 without a row; 1 query along the primary key."""
        return self.aggregate(newest=Max("pk"))["newest"] or 0

    def after(self, change_id: int, limit: int) -> list[tuple[int, int]]:
        """(id, user id) of at most `limit` changes after an id, oldest first; 1 query along the primary key."""
        return list(self.filter(pk__gt=change_id).order_by("pk").values_list("pk", "user_id")[:limit])

    def of(self, user_ids: Collection[int]) -> Self:
        return self.filter(user_id__in=user_ids)


class RightsChange(models.Model):
    """A note that a person's rights may have changed. Only database triggers write it (`rights_triggers`).

    So every writer leaves one: a service, the admin, `save()`, `update()`, a bulk import, another program. Processes
    with open sockets read it each second. It has no foreign key, because it outlives nothing and must never refuse.
    """

    user_id = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    objects = RightsChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("at", name="rights_change_at")]

    def __str__(self) -> str:
        return f"{self.pk}: rights of {self.user_id}"
