from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from viral_engine.kernel.hiding import AT, Hides

DETAIL_RELATIONS: dict[str, tuple[str, ...]] = {}  # of each loop, set by the registry
UNREAD_DETAILS: dict[str, tuple[str, ...]] = {}  # columns of these relations that no page of a link reads


class LinkQuerySet(models.QuerySet["Link"]):
    def with_details(self, loop: str) -> Self:
        """Load the referrer, the loop and this loop's rows with each link; 1 query.

        For one loop at a time: joining the tables of all loops takes 15 ms to plan.
        """
        return self.select_related("referrer", "loop", *DETAIL_RELATIONS[loop]).defer(*UNREAD_DETAILS[loop])

    def first_with_details(self, **lookup: object) -> "Link | None":
        """The first match, of any loop; 2 queries, 1 when there is none."""
        found = self.filter(**lookup)
        loop = found.values_list("loop_id", flat=True).first()
        return found.with_details(loop).first() if loop is not None else None

    def live(self, at: datetime) -> Self:
        return self.filter(deactivated_at=None, expires_at__gt=at)


class Link(models.Model):
    """A smart link of a referrer for one loop. Its code is public; its signature is not stored."""

    shared = Hides(
        ("referrer", "about"),
        {"deactivated_at": None, "deactivation_reason": ""},
        {"deactivated_at": AT, "deactivation_reason": "consent"},
        is_record={},
    )

    class Reason(models.TextChoices):
        """Why the link was deactivated."""

        CONSENT = "consent", "A parent withdrew consent"
        PERSON = "person", "The referrer took it back"
        PARENT = "parent", "A parent took it back"
        STAFF = "office", "Staff switched it off"

    code = models.CharField(max_length=8, unique=True)
    loop = models.ForeignKey("loops.Loop", on_delete=models.PROTECT, related_name="links")
    referrer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="links")
    tree = models.CharField(max_length=36, help_text="Person id at the root of the referrer's tree.")
    arms = models.JSONField(default=list, help_text="The referrer's arms, so that referees see the same variants.")
    words = models.JSONField(default=dict, help_text="The copy shown with this link.")
    card_design = models.CharField(
        max_length=12, default="bright", db_default="bright", help_text="The look of its card."
    )
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="links_about",
        help_text="The child it is about, if not the referrer. Withdrawn consent for the child deactivates it.",
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivation_reason = models.CharField(max_length=8, choices=Reason, blank=True, default="")

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="link_expires_after_created"),
            models.CheckConstraint(condition=Exact(Length("code"), 8), name="link_code_of_8"),
            models.CheckConstraint(
                condition=Q(deactivation_reason="") | Q(deactivated_at__isnull=False), name="link_dark_for_when_dark"
            ),
        ]
        indexes = [models.Index("referrer", "created_at", name="link_referrer_created")]

    def __str__(self) -> str:
        return self.code

    def is_live(self, at: datetime) -> bool:
        return self.deactivated_at is None and at < self.expires_at


class TouchQuerySet(models.QuerySet["Touch"]):
    def by(self, visitor: str) -> Self:
        return self.filter(visitor=visitor)

    def until(self, at: datetime) -> Self:
        """Return the touches up to `at`, oldest first, with each link's referrer."""
        return self.filter(clicked_at__lte=at).order_by("clicked_at", "pk").select_related("link__referrer")


class Touch(models.Model):
    """A click on a link; at most one per link and visitor in 24 hours."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="touches")
    visitor = models.CharField(max_length=36, help_text="Person id, the same before and after sign-up.")
    channel = models.CharField(max_length=12, blank=True, default="")
    campaign = models.CharField(max_length=40, blank=True, default="")
    clicked_at = models.DateTimeField()
    clicked_on = models.DateField(help_text="Enforces one touch a day when two clicks race.")

    objects = TouchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "touches"
        constraints = [models.UniqueConstraint("link", "visitor", "clicked_on", name="touch_once_a_day")]
        indexes = [models.Index("visitor", "clicked_at", name="touch_visitor_clicked")]

    def __str__(self) -> str:
        return f"{self.visitor[:8]} on {self.link_id}"
