from typing import Self

from django.conf import settings
from django.db import models

from viral_engine.kernel.hiding import NotShared


class HiddenRowQuerySet(models.QuerySet["HiddenRow"]):
    def of_model(self, label: str) -> Self:
        return self.filter(model=label)


class HiddenRow(models.Model):
    """A shared row that is hidden for a person's sake. It is shown again once no cause is left."""

    shared = NotShared("what was hidden, for the service alone")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hidden_rows")
    cause = models.CharField(max_length=12)
    model = models.CharField(max_length=60, help_text="Its label, such as feeds.Message.")
    row_id = models.BigIntegerField()
    at = models.DateTimeField()

    objects = HiddenRowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("model", "row_id", "person", "cause", name="hidden_row_once")]
        indexes = [models.Index("person", "cause", name="hidden_row_person")]

    def __str__(self) -> str:
        return f"{self.model} {self.row_id}: {self.cause}"
