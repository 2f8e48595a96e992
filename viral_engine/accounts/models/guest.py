import uuid

from django.conf import settings
from django.db import models

from viral_engine.kernel.hiding import NotShared


class Guest(models.Model):
    """A person who practices before having an account, known only by a signed cookie."""

    shared = NotShared("a cookie's trace")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device = models.CharField(max_length=32, blank=True, default="")
    ip_hash = models.CharField(max_length=32, blank=True, default="")
    link_code = models.CharField(max_length=8, blank=True, default="", help_text="The link that brought them here.")
    created_at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="past_guests"
    )

    class Meta:
        indexes = [models.Index("created_at", name="guest_created_at")]

    def __str__(self) -> str:
        return f"guest {str(self.id)[:8]}"
