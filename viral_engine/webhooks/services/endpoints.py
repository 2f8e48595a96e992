"""The only writer of endpoints: made, given a new secret, paused after failures, disabled, enabled again."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import F

from viral_engine.kernel.row_cache import RowCache
from viral_engine.webhooks import rules
from viral_engine.webhooks.models import WebhookDelivery, WebhookEndpoint


def _subscribed() -> frozenset[str]:
    lists = WebhookEndpoint.objects.filter(is_active=True).values_list("event_types", flat=True)
    return frozenset(name for names in lists for name in names)


subscribed_types = RowCache(_subscribed)  # those that some endpoint hears of, a disabled one too: it may come back


def new_secret() -> str:
    return rules.write_secret(secrets.token_bytes(rules.SECRET_BYTES))


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, at: datetime) -> str:
    """Give the endpoint a new secret and return it; for a day messages are signed with the old one too."""
    secret = new_secret()
    current = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    current.previous_secret, current.secret = current.secret, secret
    current.previous_until = at + rules.ROTATION_GRACE
    current.save(update_fields=["secret", "previous_secret", "previous_until"])
    return secret


def note_success(endpoint: WebhookEndpoint) -> None:
    """Forget earlier failures. No statement without any, 1 with some."""
    if endpoint.failures:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures=0, retry_at=None)


def note_failure(endpoint: WebhookEndpoint, *, reason: str, at: datetime, is_final: bool = False) -> None:
    """Count a failure and let the endpoint rest; disable it after the twentieth in a row, or when it is final.

    Cost  2 statements.
    """
    pause = WebhookDelivery.pause_after(endpoint.failures + 1)
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    row.update(failures=F("failures") + 1, retry_at=at + pause)
    limit = 0 if is_final else rules.MAX_FAILURES
    row.filter(failures__gte=limit, disabled_at=None).update(disabled_at=at, disabled_for=reason[:200])


@transaction.atomic
def enable(*, endpoint: WebhookEndpoint, at: datetime) -> bool:
    """Enable a disabled endpoint: what waits for it is sent, for another day. False when it was enabled."""
    off = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at__isnull=False)
    if not off.update(disabled_at=None, disabled_for="", failures=0, retry_at=None):
        return False
    WebhookDelivery.objects.all().unfinished().filter(endpoint=endpoint).update(expires_at=at + rules.KEPT_FOR)
    return True


def disabled_count() -> int:
    """The number of endpoints that failed too often; 1 query."""
    return WebhookEndpoint.objects.all().disabled().count()
