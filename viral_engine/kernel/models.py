"""The append-only logs (events, decisions), the outbox, outgoing mail, and the claims of periodic tasks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from viral_engine.kernel.encryption import EncryptedTextField
from viral_engine.kernel.events import Event, event_class
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork


class LoggedEvent(models.Model):
    """One event, written in the transaction that made it true.

    People and links are named by id, not by foreign key: the log outlives an erased account.
    """

    type = models.CharField(max_length=40)
    actor_id = models.BigIntegerField(null=True, blank=True)
    guest_id = models.CharField(max_length=36, blank=True, default="")
    link_code = models.CharField(max_length=8, blank=True, default="")
    properties = models.JSONField(default=dict)
    at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=120, null=True, blank=True, unique=True)
    is_invalid = models.BooleanField(default=False, help_text="Left out of every count; kept for the record.")

    class Meta:
        verbose_name = "event"
        indexes = [
            models.Index("type", "at", name="event_type_at"),
            models.Index("at", name="event_at"),  # for the purge
            models.Index("actor_id", "type", "at", name="event_actor_type_at"),
            models.Index("link_code", "type", name="event_link_type", condition=~Q(link_code="")),
            models.Index("id", name="event_invalid", condition=Q(is_invalid=True)),  # few rows, read constantly
        ]

    def __str__(self) -> str:
        return f"{self.type} at {self.at:%Y-%m-%d %H:%M:%S}"

    def as_event(self) -> Event:
        """Return the typed event that this row was written from."""
        return event_class(self.type).restore(
            actor_id=self.actor_id, guest_id=self.guest_id, link_code=self.link_code, properties=self.properties
        )


class DecisionQuerySet(models.QuerySet["Decision"]):
    def made_for(self, actor_id: int, *, agent: str) -> Self:
        return self.filter(actor_id=actor_id, agent=agent)

    def since(self, instant: datetime) -> Self:
        return self.filter(decided_at__gte=instant)


class Decision(models.Model):
    """A decision of an agent, with its reasons; "Why did I see this?" explains it."""

    agent = models.CharField(max_length=40)
    actor_id = models.BigIntegerField(null=True, blank=True)
    guest_id = models.CharField(max_length=36, blank=True, default="")
    type = models.CharField(max_length=40, help_text="The event type or action that the agent decided on.")
    outcome = models.CharField(max_length=40)
    rationale = models.TextField()
    features = models.JSONField(default=dict)
    alternatives = models.JSONField(default=list)
    is_degraded = models.BooleanField(default=False)
    latency_ms = models.FloatField(default=0)
    decided_at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("agent", "decided_at", name="decision_agent_at"),
            models.Index("decided_at", name="decision_at"),  # for the purge
            models.Index("actor_id", "agent", "decided_at", name="decision_actor_agent_at"),
        ]

    def __str__(self) -> str:
        return f"{self.agent}: {self.outcome} ({self.type})"


class DeliveryQuerySet(LeasedQuerySet["Delivery"]):
    def caused_by(self, *, actor_id: int | None, guest_id: str, at: datetime) -> Self:
        """The deliveries of what one person did at one instant."""
        who = {"event__actor_id": actor_id} if actor_id is not None else {"event__guest_id": guest_id}
        return self.filter(event__at=at, **who)


@dataclass(slots=True)
class Hold:
    """One process's hold of an exclusive right. Renewing or releasing a hold that was lost changes nothing."""

    name: str
    until: datetime
    lasts: timedelta

    def renew(self, *, at: datetime) -> bool:
        """Hold the right for longer; False when it was lost."""
        until = max(at + self.lasts, self.until)
        is_held = bool(self._mine().update(held_until=until))
        self.until = until if is_held else self.until
        return is_held

    def release(self) -> None:
        self._mine().update(held_until=None)

    def _mine(self) -> "ExclusiveQuerySet":
        return Exclusive.objects.filter(name=self.name, held_until=self.until)


class ExclusiveQuerySet(models.QuerySet["Exclusive"]):
    def hold(self, name: str, *, at: datetime, lasts: timedelta) -> Hold | None:
        """Take the right until `at + lasts`, or return None where another process holds it. Cost  1 statement."""
        until = at + lasts
        free = self.filter(Q(held_until=None) | Q(held_until__lte=at), name=name)
        if free.update(held_until=until):
            return Hold(name, until, lasts)
        _, is_new = self.get_or_create(name=name, defaults={"held_until": until})  # the first one of this site
        return Hold(name, until, lasts) if is_new else None


class Delivery(LeasedWork):
    """The outbox: one event on its way to one durable listener."""

    COMPLETED = "processed_at"
    LEASE = timedelta(seconds=20)  # a claim whose process died waits this long
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(seconds=10)
    RETRY_DOUBLES = True

    event = models.ForeignKey(LoggedEvent, on_delete=models.CASCADE, related_name="deliveries")
    listener = models.CharField(max_length=120)
    processed_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint("event", "listener", name="delivery_once_per_listener")]
        indexes = [models.Index("leased_until", name="delivery_waiting", condition=Q(processed_at=None))]

    def __str__(self) -> str:
        return f"{self.listener} <- event {self.event_id}"

    @classmethod
    def describe(cls, error: Exception) -> str:
        """The whole error: listeners name people by number, and staff need the message to repair the cause."""
        return f"{type(error).__name__}: {error}"


class OutgoingMail(LeasedWork):
    """A mail on its way out, written with its cause. Its words are encrypted, and deleted once it is sent."""

    COMPLETED = "sent_at"
    LEASE = timedelta(minutes=2)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(seconds=10)
    RETRY_DOUBLES = True
    OUTLASTS_OUTAGES = True  # a mail server may be away; after a day the mail is dead-lettered as too late
    MAX_WAIT = timedelta(minutes=10)  # between two attempts: people wait for codes and links
    WORDS: ClassVar[dict[str, str]] = {"mailbox": "", "subject": "", "text": "", "html": ""}

    kind = models.CharField(max_length=60, help_text="The template, without its folder.")
    person_id = models.BigIntegerField(null=True, blank=True, help_text="Empty where no account has the mailbox.")
    mailbox = EncryptedTextField(blank=True, default="")
    subject = EncryptedTextField(blank=True, default="")
    text = EncryptedTextField(blank=True, default="")
    html = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = LeasedQuerySet["OutgoingMail"].as_manager()

    class Meta:
        indexes = [
            models.Index("leased_until", "id", name="mail_waiting", condition=Q(sent_at=None, dead_lettered_at=None)),
            models.Index("created_at", name="mail_created"),  # for the purge
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.created_at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def pause_after(cls, attempts: int) -> timedelta:
        return min(super().pause_after(attempts), cls.MAX_WAIT)


class Exclusive(models.Model):
    """A right that one process at a time has, until it gives it back or stops renewing it."""

    name = models.CharField(max_length=40, primary_key=True)
    held_until = models.DateTimeField(null=True, blank=True)

    objects = ExclusiveQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class PeriodicRun(models.Model):
    """The claim of one run of a periodic task in one time slot: the row is unique."""

    task = models.CharField(max_length=80)
    slot = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("task", "slot", name="slot_run_once")]

    def __str__(self) -> str:
        return f"{self.task} at {self.slot:%Y-%m-%d %H:%M:%S}"


class RetentionState(models.Model):
    """The last purge of one class of personal data: the metric and the alert read it."""

    name = models.CharField(max_length=20, primary_key=True)
    checked_at = models.DateTimeField()
    oldest_at = models.DateTimeField(null=True, blank=True, help_text="The oldest row that a purge will reach.")
    purged = models.PositiveBigIntegerField(default=0, help_text="Rows purged so far.")

    def __str__(self) -> str:
        return self.name
