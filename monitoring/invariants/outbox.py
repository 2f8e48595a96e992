"""Leased work: nothing waits longer than its worker needs, unless something explains it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Q

from monitoring.invariants.base import InvariantFinding
from viral_engine.kernel.leases import LeasedWork
from viral_engine.kernel.models import Delivery, OutgoingMail

SOON = timedelta(seconds=60)  # a worker takes a new row, or one whose lease or pause is over, by then
BEGAN_AT: dict[type[LeasedWork], str] = {Delivery: "event__at", OutgoingMail: "created_at"}


def check_outbox(at: datetime) -> Iterator[InvariantFinding]:
    """Look for work that nobody takes. Dead letters and pauses between attempts are explained.

    Cost  4 counts for each table of leased work, along partial indexes where the table is large.
    """
    for model in apps.get_models():
        if issubclass(model, LeasedWork):
            yield from _check_table(model, at)


def _check_table(model: Any, at: datetime) -> Iterator[InvariantFinding]:
    name = model._meta.label
    late = Q(leased_until__lte=at - SOON)  # its worker died, or its pause is over
    if began_at := BEGAN_AT.get(model):
        late |= Q(leased_until=None, **{f"{began_at}__lte": at - SOON})
    if count := model.objects.waiting(at).filter(late).count():
        yield InvariantFinding(f"{name}: {count} could be worked on for a minute, and nobody does")
    if count := model.objects.unfinished().filter(leased_until__gt=at).exclude(last_error="").count():
        yield InvariantFinding(f"{name}: {count} failed and wait for their next attempt", is_explained=True)
    if count := model.objects.dead_lettered().count():
        yield InvariantFinding(f"{name}: {count} are dead letters; staff can requeue them", is_explained=True)
