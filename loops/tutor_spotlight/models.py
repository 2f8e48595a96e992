from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from loops.models.link import Link
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.hiding import HiddenWith, NotShared
from viral_engine.learning.models import Deck, Subject, TutoringSession


class Spotlight(models.Model):
    """A tutor's page for new families: a subject, a few questions to try and a discount on the first session."""

    shared = HiddenWith("others read it through its link")

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="spotlight")
    tutor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="spotlights")
    session = models.ForeignKey(
        TutoringSession,
        on_delete=models.CASCADE,
        related_name="spotlights",
        help_text="The five-star session that triggered it. No detail of it is shown.",
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="spotlights")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, related_name="spotlight")
    discount_percent = models.PositiveSmallIntegerField(default=50, help_text="Discount on the first session.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(discount_percent__range=(1, 100)), name="spotlight_discount_1_to_100")
        ]

    def __str__(self) -> str:
        return f"spotlight {self.pk}"


class BookingRequestQuerySet(models.QuerySet["BookingRequest"]):
    def asked_by(self, user: User | None, guest: Guest | None) -> Self:
        """Return the person's requests, including those a member made as a guest; none if both are None."""
        if user is not None:
            return self.filter(Q(user=user) | Q(guest__user=user))
        return self.filter(guest=guest) if guest is not None else self.none()

    def live(self) -> Self:
        """Return requests that are waiting or accepted."""
        return self.filter(status__in=BookingRequest.LIVE)

    def with_people(self) -> Self:
        """Load requests with their people and link, newest first; 1 query."""
        return self.select_related("tutor", "subject", "guest", "spotlight__link__loop").order_by("-requested_at")


class BookingRequest(models.Model):
    """A family's request for a first session with a tutor. Contact details are kept for 90 days."""

    shared = NotShared("read by the family and the tutor")

    class Status(models.TextChoices):
        REQUESTED = "requested", "Requested"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        CANCELLED = "cancelled", "Cancelled"

    LIVE = (Status.REQUESTED, Status.ACCEPTED)

    spotlight = models.ForeignKey(Spotlight, on_delete=models.CASCADE, related_name="bookings")
    tutor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookings_received")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="bookings_made"
    )
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, null=True, blank=True, related_name="bookings_made")
    name = models.CharField(max_length=60, blank=True, help_text="First name of the parent or adult learner.")
    email = models.EmailField(blank=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="bookings")
    suits = models.CharField(max_length=120, blank=True, help_text="Times that work for the family.")
    note = models.CharField(max_length=500, blank=True, default="")
    discount_percent = models.PositiveSmallIntegerField(help_text="Discount on the first session.")
    status = models.CharField(max_length=9, choices=Status, default=Status.REQUESTED)
    key = models.UUIDField(unique=True, help_text="Made with the form, so that a repeated request is stored once.")
    requested_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When it was answered or cancelled.")

    objects = BookingRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, guest__isnull=False) | Q(user__isnull=False, guest=None),
                name="booking_of_user_or_guest",
            ),
            models.CheckConstraint(
                condition=Q(status="requested", closed_at=None) | (~Q(status="requested") & Q(closed_at__isnull=False)),
                name="booking_closed_with_answer",
            ),
            models.CheckConstraint(condition=Q(discount_percent__range=(1, 100)), name="booking_discount_1_to_100"),
            models.UniqueConstraint(
                fields=["tutor", "user"],
                condition=Q(user__isnull=False, status__in=["requested", "accepted"]),
                name="booking_one_live_of_user",
            ),
            models.UniqueConstraint(
                fields=["tutor", "guest"],
                condition=Q(guest__isnull=False, status__in=["requested", "accepted"]),
                name="booking_one_live_of_guest",
            ),
        ]
        indexes = [models.Index(fields=["tutor", "-requested_at"], name="booking_tutor_newest")]

    def __str__(self) -> str:
        return f"booking {self.pk}"  # no name: the admin log outlives the account

    @property
    def family_id(self) -> int | None:
        """Return the requester's account, also for a guest who signed up later; the guest must be loaded."""
        return self.user_id or (self.guest.user_id if self.guest else None)
