from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from viral_engine.accounts.models.school import School
from viral_engine.kernel.hiding import HiddenWith
from viral_engine.kernel.text.validators import validate_title


class CohortQuerySet(models.QuerySet["Cohort"]):
    def with_size(self) -> Self:
        """Annotate `size`, the number of members; it is never stored."""
        return self.annotate(size=Count("memberships"))

    def of_contract_schools(self) -> Self:
        """Cohorts whose pupils' records belong to a school under contract."""
        return self.filter(school__is_contract=True)


class Cohort(models.Model):
    """A class-sized group of learners who see each other."""

    name = models.CharField(max_length=80, unique=True, validators=[validate_title])
    grade = models.PositiveSmallIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True, related_name="cohorts")
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="CohortMembership", related_name="cohorts")

    objects = CohortQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(grade=None) | Q(grade__range=(1, 12)), name="cohort_grade_in_school")
        ]

    def __str__(self) -> str:
        return self.name


class CohortMembership(models.Model):
    shared = HiddenWith("a hidden person has no entry in presence, and cohorts name no members elsewhere")

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    is_primary = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("cohort", "user", name="membership_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(is_primary=True), name="membership_one_primary"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.cohort}"
