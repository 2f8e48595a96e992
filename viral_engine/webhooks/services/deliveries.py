"""Queue events for the endpoints that hear of them, and send what waits."""

from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.clock import clock_from, today
from viral_engine.kernel.events import Event
from viral_engine.kernel.leases import Clock, GiveUp, TryLater, run
from viral_engine.kernel.outbound.gate import OutboundFailed, OutboundRefused
from viral_engine.kernel.outbound.pinned import PinnedAnswer, post_pinned
from viral_engine.webhooks import rules
from viral_engine.webhooks.models import VENDOR, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from viral_engine.webhooks.published import data_of
from viral_engine.webhooks.services.endpoints import note_failure, note_success, subscribed_types

OK, REDIRECT = 200, 300


def is_subscribed(event: Event) -> bool:
    """Whether some endpoint hears of events of this type; for the wiring. No query, beside the cache's own."""
    return event.type in subscribed_types.get()


def queue_deliveries(events: Sequence[tuple[Event, datetime]]) -> None:
    """Queue each event for each endpoint that hears of it. A durable listener of many events. Cost  2 statements."""
    endpoints = list(WebhookEndpoint.objects.filter(is_active=True))
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            endpoint=endpoint,
            type=event.type,
            actor_id=event.actor_id,
            data=data_of(event),
            occurred_at=at,
            created_at=at,
            expires_at=at + rules.KEPT_FOR,
        )
        for event, at in events
        for endpoint in endpoints
        if event.type in endpoint.event_types
    )


def send_waiting(*, at: datetime) -> int:
    """Give what waits an attempt, oldest first, for 30 s at most; returns how many were accepted.

    An endpoint that fails is left alone until its pause is over, so it delays no other. A process that dies between
    sending and recording sends again after 60 s, under the same id.

    Cost  1 query, and 9 statements a delivery; up to 10 s for a receiver that hangs.
    """
    clock = clock_from(at)
    failed, left_out = set[int](), set[int]()

    def send_and_note_failed(delivery: WebhookDelivery) -> dict[str, Any] | None:
        try:
            columns = _send(delivery, clock)
        except TryLater:
            failed.add(delivery.endpoint_id)
            raise
        if columns is not None:
            left_out.add(delivery.pk)
        return columns

    def is_of_failed_endpoint(pk: int) -> bool:
        return bool(failed) and WebhookDelivery.objects.filter(pk=pk, endpoint__in=failed).exists()

    rows = WebhookDelivery.objects.select_related("endpoint")
    done = run(rows, send_and_note_failed, at=at, skip=is_of_failed_endpoint)
    return sum(one.pk not in left_out for one in done)


def _send(delivery: WebhookDelivery, clock: Clock) -> dict[str, Any] | None:
    at = clock()
    if at >= delivery.expires_at:
        raise GiveUp("Not accepted within a day.")
    person, reason = _person_of(delivery, at)
    if reason:
        return {"left_out": reason}
    data = {**delivery.data, "person": person, "sequence": delivery.pk}
    body = rules.payload(delivery.type, delivery.occurred_at.isoformat(), data)
    endpoint, started = delivery.endpoint, perf_counter()
    signed = rules.headers(str(delivery.message_id), int(at.timestamp()), body, endpoint.secrets_at(at))
    answer, error = _post(endpoint.url, body, signed)
    WebhookAttempt.objects.create(
        delivery=delivery,
        at=at,
        status=answer.status if answer is not None else None,
        error=error,
        took_ms=(perf_counter() - started) * 1000,
    )
    if answer is not None and OK <= answer.status < REDIRECT:
        note_success(endpoint)
        return None
    is_gone = answer is not None and answer.status == rules.GONE
    note_failure(endpoint, reason=error, at=clock(), is_final=is_gone)
    raise TryLater(error, rules.retry_after_s(answer.retry_after) if answer is not None else None)


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[PinnedAnswer | None, str]:
    """The answer, and what is wrong with it or why there is none; a redirect is wrong as well."""
    try:
        answer = post_pinned(url, body, headers, vendor=VENDOR)
    except (OutboundRefused, OutboundFailed) as failure:
        return None, str(failure)[:200]
    return answer, "" if OK <= answer.status < REDIRECT else f"The receiver answered {answer.status}."


def _person_of(delivery: WebhookDelivery, at: datetime) -> tuple[str | None, str]:
    """The random id of the person, and why nothing may be said of them now. 1 query, 1 more for a child."""
    if delivery.actor_id is None:
        return None, ""
    user = User.objects.filter(pk=delivery.actor_id).first()
    if user is None:
        return None, "the account is gone"
    if user.is_simulated:
        return None, "simulated"
    is_child = needs_consent(user.age_on(today(at)))
    if is_child and not Consent.objects.all().with_coppa_consent([user.pk]):
        return None, "no parent has agreed"
    return str(user.person_id), ""
