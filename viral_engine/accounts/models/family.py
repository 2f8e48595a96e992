from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork


class GuardianshipQuerySet(models.QuerySet["Guardianship"]):
    def of(self, person_id: int) -> Self:
        return self.filter(Q(parent_id=person_id) | Q(child_id=person_id))


class Guardianship(models.Model):
    """A parent is responsible for a child; many to many."""

    shared = NotShared("read by the family and staff")

    parent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="guardianships")
    child = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="guardians")
    created_at = models.DateTimeField()

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("parent", "child", name="guardianship_once"),
            models.CheckConstraint(condition=~Q(parent=F("child")), name="guardianship_of_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.parent} for {self.child}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at=None)

    def withdrawn(self, child: OuterRef, kind: str) -> Q:
        """For an annotation: every parent who gave this kind of consent has withdrawn it."""
        of_kind = self.filter(child=child, kind=kind)
        return Exists(of_kind) & ~Exists(of_kind.in_force())

    def kinds_for(self, child_id: int) -> set[str]:
        """The kinds of consent in force for a child; 1 query."""
        return set(self.in_force().filter(child_id=child_id).values_list("kind", flat=True))

    def with_coppa_consent(self, children: Collection[int]) -> set[int]:
        """Ids of the children whose parent consented to use with others; 1 query, none without children."""
        if not children:
            return set()
        return set(self._coppa_of(children).values_list("child_id", flat=True))

    def lock_coppa_consent(self, children: Collection[int]) -> set[int]:
        """As `with_coppa_consent`; the consents are locked, so that a withdrawal waits for the transaction's end."""
        if not children:
            return set()
        return set(self._coppa_of(children).order_by("pk").select_for_update().values_list("child_id", flat=True))

    def lock_kinds_of(self, child_id: int) -> dict[str, bool]:
        """Whether each kind ever given for a child is in force; locked as above. 1 query."""
        given = self.filter(child_id=child_id).order_by("pk").select_for_update()
        kinds: dict[str, bool] = {}
        for kind, withdrawn_at in given.values_list("kind", "withdrawn_at"):
            kinds[kind] = kinds.get(kind, False) or withdrawn_at is None
        return kinds

    def _coppa_of(self, children: Collection[int]) -> Self:
        return self.in_force().filter(child__in=children, kind=Consent.Kind.COPPA)


class Consent(models.Model):
    """Evidence of one consent by one parent. Its only change is the withdrawal."""

    shared = NotShared("evidence for the family and staff")

    class Kind(models.TextChoices):
        COPPA = "coppa", "Use beyond practice, and being seen by others"
        FERPA = "ferpa", "Sharing school records"
        THIRD_PARTY = "third_party", "Sending text to an AI provider"

    child = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents_given")
    kind = models.CharField(max_length=12, choices=Kind)
    method = models.CharField(max_length=20, help_text="How the parent was verified, for example email_plus.")
    text_version = models.CharField(max_length=20)
    ip_hash = models.CharField(max_length=32, blank=True, default="")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "given_by", "kind"], condition=Q(withdrawn_at=None), name="consent_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.child}"


class ConsentRequestQuerySet(LeasedQuerySet["ConsentRequest"]):
    def open_at(self, instant: datetime) -> Self:
        return self.filter(answered_at=None, expires_at__gt=instant)

    def expired_at(self, instant: datetime) -> Self:
        return self.filter(answered_at=None, expires_at__lte=instant)

    def claimable(self, at: datetime) -> Self:
        """Claimable requests that are neither answered nor expired."""
        return super().claimable(at).open_at(at)


class ConsentRequest(LeasedWork):
    """A child's open request to a parent. Stores nothing about the parent but the e-mail address.

    The leased work is the e-mail to the parent.
    """

    shared = NotShared("a mail to the parent")

    COMPLETED = "mailed_at"
    LEASE = timedelta(seconds=60)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(seconds=60)
    OUTLASTS_OUTAGES = True  # a mail server may be away; the request itself expires

    child = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consent_request")
    parent_email = models.EmailField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentRequestQuerySet.as_manager()

    def __str__(self) -> str:
        return f"consent for {self.child}"
