from django.conf import settings
from django.db import models

from viral_engine.accounts.models import Cohort
from viral_engine.api.models.keys import ApiProgram
from viral_engine.kernel.hiding import NotShared

MAX_EXTERNAL_ID = 120


class ExternalPerson(models.Model):
    """The id under which a program knows a person. A program reads and changes the people it has brought alone."""

    shared = NotShared("an id of another program, read by that program and staff")

    program = models.ForeignKey(ApiProgram, on_delete=models.CASCADE, related_name="people")
    external_id = models.CharField(max_length=MAX_EXTERNAL_ID)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="external_ids")
    linked_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "external people"
        constraints = [
            models.UniqueConstraint("program", "external_id", name="external_person_once"),
            models.UniqueConstraint("program", "user", name="external_person_one_id"),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} of program {self.program_id}"


class ExternalCohort(models.Model):
    """The id under which a program knows a cohort."""

    program = models.ForeignKey(ApiProgram, on_delete=models.CASCADE, related_name="cohorts")
    external_id = models.CharField(max_length=MAX_EXTERNAL_ID)
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="external_ids")
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("program", "external_id", name="external_cohort_once"),
            models.UniqueConstraint("program", "cohort", name="external_cohort_one_id"),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} of program {self.program_id}"
