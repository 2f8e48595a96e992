from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value

from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork
from viral_engine.kernel.scalar_sql import ScalarSql


class GuardianshipQuerySet(models.QuerySet["Guardianship"]):
    def of(self, person_id: int) -> Self:
        return self.filter(Q(parent_id=person_id) | Q(child_id=person_id))

    def proven(self) -> Self:
        """Those whose parent has proven a mailbox: an unproven one holds no right over a child."""
        return self.filter(Exists(EmailAddress.objects.filter(user=OuterRef("parent"), verified=True)))


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

    def clean(self) -> None:
        """Refuse, in the admin too, a parent who never confirmed a mailbox."""
        if self.parent_id and not EmailAddress.objects.filter(user=self.parent_id, verified=True).exists():
            raise ValidationError({"parent": "This parent has not confirmed an e-mail address yet."})


def is_consent_withdrawn(child: F, kind: str) -> ScalarSql:
    """For an annotation: every parent who gave this kind of consent has withdrawn it."""
    return ScalarSql(
        "(SELECT COUNT(*) > 0 AND COUNT(*) = COUNT(c.withdrawn_at) FROM accounts_consent c"
        " WHERE c.child_id = {} AND c.kind = {})",
        child,
        Value(kind, models.CharField()),
        output_field=models.BooleanField(),
    )


class ConsentQuerySet(models.QuerySet["Consent"]):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at=None)

    def kinds_for(self, child_id: int) -> set[str]:
        """The kinds of consent in force for a child; 1 query."""
        return set(self.in_force().filter(child_id=child_id).values_list("kind", flat=True))

    def with_coppa_consent(self, children: Collection[int]) -> set[int]:
        """Ids of the children whose parent consented to use with others; 1 query, none without children."""
        return self._children_with(Consent.Kind.COPPA, children)

    def with_disclosure_consent(self, children: Collection[int]) -> set[int]:
        """Ids of the children whom others may read: chat, boards, first name; 1 query, none without children."""
        return self._children_with(Consent.Kind.DISCLOSURE, children)

    def _children_with(self, kind: str, children: Collection[int]) -> set[int]:
        if not children:
            return set()
        return set(self.in_force().filter(child__in=children, kind=kind).values_list("child_id", flat=True))

    def lock_coppa_consent(self, children: Collection[int]) -> set[int]:
        """As `with_coppa_consent`; the consents are locked, so that a withdrawal waits for the transaction's end."""
        if not children:
            return set()
        given = self.in_force().filter(child__in=children, kind=Consent.Kind.COPPA)
        return set(given.order_by("pk").select_for_update().values_list("child_id", flat=True))

    def lock_kinds_of(self, child_id: int) -> dict[str, bool]:
        """Whether each kind ever given for a child is in force; locked as above. 1 query."""
        given = self.filter(child_id=child_id).order_by("pk").select_for_update()
        kinds: dict[str, bool] = {}
        for kind, withdrawn_at in given.values_list("kind", "withdrawn_at"):
            kinds[kind] = kinds.get(kind, False) or withdrawn_at is None
        return kinds


class Consent(models.Model):
    """Evidence of one consent by one parent. Its only change is the withdrawal.

    E-mail-plus and a password prove a mailbox. Publishing by a child needs a check of the parent (16 CFR 312.5).
    """

    shared = NotShared("evidence for the family and staff")

    class Kind(models.TextChoices):
        COPPA = "coppa", "Use beyond practice, and being seen by others"
        DISCLOSURE = "disclosure", "Chat, boards, and sharing with a name"
        FERPA = "ferpa", "Sharing school records"
        THIRD_PARTY = "third_party", "Sending text to an AI provider"

    class Method(models.TextChoices):
        EMAIL_PLUS = "email_plus", "Answer by mail, confirmed by a second mail"
        PASSWORD = "password", "Password of a parent who answered by mail before"
        SIGNED_FORM = "signed_form", "Signed form, checked by staff"
        PAYMENT = "payment", "Payment"

    STRONG_METHODS = (Method.SIGNED_FORM, Method.PAYMENT)

    child = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents_given")
    kind = models.CharField(max_length=12, choices=Kind)
    method = models.CharField(max_length=20, choices=Method, help_text="How the parent was verified.")
    evidence = models.CharField(max_length=40, blank=True, default="", help_text="What proves it: request:7, ...")
    text_version = models.CharField(max_length=20)
    text_hash = models.CharField(max_length=64, blank=True, default="", help_text="SHA-256 of the text shown.")
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
            models.CheckConstraint(
                condition=~Q(kind="disclosure") | Q(method__in=["signed_form", "payment"]),
                name="consent_disclosure_is_verified",
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
