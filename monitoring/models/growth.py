"""Facts about people, derived from the logs, and the counts that sum them up.

People are stored by id alone, as in the logs, so the facts outlive an erased account without naming a person.
`manage.py rebuild_growth` can rebuild everything but settings and reports from the logs.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum

from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork


class GrowthCountQuerySet(models.QuerySet["GrowthCount"]):
    def of(self, measures: Collection[str], *, since: date, until: date) -> Self:
        """Days from `since` to `until`, both included."""
        return self.filter(measure__in=measures, on__range=(since, until))

    def summed(self, *columns: str) -> list[dict[str, Any]]:
        """One row for each combination of columns that has a sum; 1 query."""
        rows = self.order_by().values(*columns).annotate(total=Sum("amount"))
        return [row for row in rows if row["total"]]


class GrowthCount(models.Model):
    """The amount of one measure on one UTC day, by loop, persona and part (channel, kind, reason, generation...)."""

    measure = models.CharField(max_length=40)
    on = models.DateField()
    loop = models.CharField(max_length=40, blank=True, default="")
    persona = models.CharField(max_length=8, blank=True, default="")
    part = models.CharField(max_length=60, blank=True, default="")
    amount = models.BigIntegerField()

    objects = GrowthCountQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("measure", "on", "loop", "persona", "part", name="growth_count_once")]

    def __str__(self) -> str:
        return f"{self.measure} on {self.on}: {self.amount}"


class GrowthMember(models.Model):
    """A person with an account: when they joined, who referred them, and whether they came back."""

    user_id = models.BigIntegerField(primary_key=True)
    persona = models.CharField(max_length=8, blank=True, default="", help_text="The role at the first count.")
    joined_at = models.DateTimeField(null=True, blank=True)
    referrer_id = models.BigIntegerField(null=True, blank=True)
    loop = models.CharField(max_length=40, blank=True, default="", help_text="The loop credited with their sign-up.")
    attributed_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveSmallIntegerField(
        default=0, help_text="0 came on their own, 1 was referred by a 0, ..."
    )
    back_1 = models.BooleanField(default=False)
    back_7 = models.BooleanField(default=False)
    back_28 = models.BooleanField(default=False)
    last_active_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("referrer_id", name="growth_member_referrer", condition=Q(referrer_id__isnull=False)),
            models.Index("last_active_on", "persona", name="growth_member_active"),
        ]

    def __str__(self) -> str:
        return f"member {self.user_id}"


class GrowthActiveDay(models.Model):
    """A member practiced on this day."""

    user_id = models.BigIntegerField()
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint("user_id", "on", name="growth_active_day_once")]

    def __str__(self) -> str:
        return f"member {self.user_id} on {self.on}"


class GrowthReferrer(models.Model):
    """A person who was shown a loop, and the results in the 14 days after the first time."""

    user_id = models.BigIntegerField()
    loop = models.CharField(max_length=40, blank=True, default="", help_text="Empty: all loops together.")
    persona = models.CharField(max_length=8, blank=True, default="")
    generation = models.PositiveSmallIntegerField(default=0)
    exposed_at = models.DateTimeField()
    exposed_on = models.DateField()
    invites = models.PositiveIntegerField(default=0)
    sign_ups = models.PositiveIntegerField(default=0)
    joined_after = models.JSONField(default=list, help_text="Whole days from exposure to each FVM referee.")

    class Meta:
        constraints = [models.UniqueConstraint("user_id", "loop", name="growth_referrer_once")]
        indexes = [models.Index("exposed_on", "loop", name="growth_referrer_cohort")]

    def __str__(self) -> str:
        return f"member {self.user_id} shown {self.loop or 'any loop'} on {self.exposed_on}"


class GrowthReferee(models.Model):
    """A new person whose first value moment came through a referrer's link."""

    person_id = models.CharField(max_length=36, primary_key=True)
    referrer_id = models.BigIntegerField()
    loop = models.CharField(max_length=40, blank=True, default="")
    persona = models.CharField(max_length=8, blank=True, default="", help_text="The referrer's role.")
    channel = models.CharField(max_length=12, blank=True, default="")
    reached_at = models.DateTimeField()
    waited_s = models.PositiveIntegerField(null=True, blank=True, help_text="From the first click to first value.")

    class Meta:
        indexes = [models.Index("referrer_id", name="growth_referee_referrer")]

    def __str__(self) -> str:
        return f"brought by {self.referrer_id}"


class StreamCursor(models.Model):
    """The last counted id of a log. A conditional update of `version` claims the log for one transaction."""

    stream = models.CharField(max_length=12, primary_key=True)
    position = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.stream} up to {self.position}"


class SetAsideRow(models.Model):
    """A row of a log that cannot be counted: it is in no count, and the log is read on. Staff repair its cause."""

    stream = models.CharField(max_length=12)
    row_id = models.BigIntegerField()
    error = models.CharField(max_length=60, help_text="The kind of the error; the log has its traceback.")
    noticed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("stream", "row_id", name="growth_row_set_aside_once")]

    def __str__(self) -> str:
        return f"{self.stream} {self.row_id}: {self.error}"


class IdGap(models.Model):
    """Ids that were missing when the log was read past them: a running transaction may still commit them."""

    LIFE: ClassVar[timedelta] = timedelta(hours=1)

    stream = models.CharField(max_length=12)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    noticed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("stream", "first_id", name="growth_gap_once"),
            models.CheckConstraint(condition=Q(last_id__gte=F("first_id")), name="growth_gap_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.first_id} to {self.last_id}"


class ExcludedEvent(models.Model):
    """An event marked invalid: it is in no count until it is valid again."""

    event_id = models.BigIntegerField(primary_key=True)
    noticed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"event {self.event_id}"


class ExcludedPerson(models.Model):
    """A member of staff or a simulated person, whose actions and links are not counted."""

    user_id = models.BigIntegerField(primary_key=True)
    noticed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"member {self.user_id}"


class LifetimeValue(models.Model):
    """The value of a sign-up of one persona; admins set it, the site never computes it."""

    persona = models.CharField(max_length=8, primary_key=True)
    organic_cents = models.PositiveIntegerField(help_text="Value of a person who came on their own.")
    referred_cents = models.PositiveIntegerField(help_text="Value of a referred person.")
    source = models.CharField(max_length=120, help_text="Where the numbers come from; the dashboard shows this too.")

    def __str__(self) -> str:
        return f"{self.persona}: {self.organic_cents} / {self.referred_cents} cents"


class GrowthReport(models.Model):
    """The numbers of one ISO week as of the Monday after; a report never changes."""

    week = models.CharField(max_length=8, primary_key=True, help_text="2026-W10")
    starts_on = models.DateField()
    facts = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-starts_on"]

    def __str__(self) -> str:
        return f"growth in {self.week}"


class GrowthReportEmailQuerySet(LeasedQuerySet["GrowthReportEmail"]):
    pass


class GrowthReportEmail(LeasedWork):
    """One report to send to one mailbox, which is stored as a keyed hash only."""

    COMPLETED = "sent_at"
    LEASE = timedelta(minutes=10)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(minutes=10)

    report = models.ForeignKey(GrowthReport, on_delete=models.CASCADE, related_name="mails")
    mailbox = models.CharField(max_length=32)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = GrowthReportEmailQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("report", "mailbox", name="growth_report_mailed_once")]

    def __str__(self) -> str:
        return f"{self.report_id} to {self.mailbox[:8]}"


class GrowthReportSubscriber(models.Model):
    """A member of staff who gets the weekly report by e-mail."""

    shared = NotShared("staff on call")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since:%Y-%m-%d}"
