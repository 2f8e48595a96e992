"""Schools whose records we keep under contract (FERPA, 34 CFR 99.31(a)(1)(i)(B))."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork
from viral_engine.kernel.scalar_sql import ScalarSql
from viral_engine.kernel.text.validators import validate_title


def is_pupil_of_contract_school(pupil: models.F) -> ScalarSql:
    """For an annotation: a school under contract gave us the person's records."""
    return ScalarSql(
        "(SELECT COUNT(*) > 0 FROM accounts_cohortmembership m JOIN accounts_cohort c ON c.id = m.cohort_id"
        " JOIN accounts_school s ON s.id = c.school_id WHERE m.user_id = {} AND s.is_contract)",
        pupil,
        output_field=models.BooleanField(),
    )


class SchoolQuerySet(models.QuerySet["School"]):
    def of_pupil(self, user_id: int) -> "SchoolQuerySet":
        """The contract schools whose cohorts the person is in."""
        return self.filter(is_contract=True, cohorts__memberships__user=user_id).distinct()


class School(models.Model):
    """A school. Under contract, its records serve teaching alone: no growth, no marketing, a log of disclosures."""

    name = models.CharField(max_length=120, unique=True, validators=[validate_title])
    contact_email = models.EmailField(blank=True, default="", help_text="Requests for access go there.")
    is_contract = models.BooleanField(default=False, help_text="The school gave us records under a contract (FERPA).")

    objects = SchoolQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Disclosure(models.Model):
    """One disclosure of a pupil's school records, or a request for them (34 CFR 99.32). Never changed."""

    shared = NotShared("read by the school and staff")

    class Kind(models.TextChoices):
        EXPORT = "export", "Export of a pupil's data"
        SCHOOL_EXPORT = "school_export", "Export to the school"
        REQUEST = "request", "A parent's request for access"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="disclosures")
    pupil = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=14, choices=Kind)
    recipient = models.CharField(max_length=60, help_text="Role of the recipient, without a name: parent, school.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    interest = models.CharField(max_length=120, help_text="The legitimate interest in the records.")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("school", "at", name="disclosure_school_at")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d}"


class SchoolRequest(LeasedWork):
    """A parent's request about school records: the school decides within 45 days (34 CFR 99.10).

    The leased work is the e-mail to the school.
    """

    shared = NotShared("read by the school, the parent and staff")

    COMPLETED = "mailed_at"
    LEASE = timedelta(seconds=60)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(minutes=10)
    OUTLASTS_OUTAGES = True

    class Kind(models.TextChoices):
        EXPORT = "export", "See all data"
        CORRECT = "correct", "Correct something"
        DELETE = "delete", "Delete the account"

    ANSWER_WITHIN = timedelta(days=45)

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="requests")
    pupil = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = LeasedQuerySet["SchoolRequest"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "school", "pupil", "kind", condition=models.Q(closed_at=None), name="school_request_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of account {self.pupil_id}"
