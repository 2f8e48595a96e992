import logging
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from monitoring.health import probes
from monitoring.health.rules import freshness
from monitoring.health.system import missing_migrations
from monitoring.models import HealthCheck
from monitoring.views.access import is_trusted
from presence.transport import shutdown
from viral_engine.kernel.clock import now

logger = logging.getLogger(__name__)


@require_safe
def live(_: HttpRequest) -> JsonResponse:
    """200 while this process answers at all. For process managers: a restart would not repair a database."""
    return _answer({"status": "ok"}, is_well=True)


@require_safe
async def ready(_: HttpRequest) -> JsonResponse:
    """200 while this process can serve pages, else 503: while it stops, without its database, or before `migrate`.

    For load balancers. Redis does not matter here: pages work without it, and all processes would go out of rotation at
    once.

    Cost  1 query.
    """
    is_ready = not shutdown.is_under_way() and await sync_to_async(is_migrated)()
    return _answer({"status": "ok" if is_ready else "unavailable"}, is_well=is_ready)


def is_migrated() -> bool:
    """Whether the database answers and has every migration of this code. Old code on a newer schema is ready."""
    try:
        missing = missing_migrations()
    except AnyDatabaseError:
        return False
    if missing:
        logger.warning("not ready: %s migrations are missing", len(missing))
    return not missing


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when database and Redis answer, else 503. For uptime monitors.

    Staff and programs with the token get details, the state of the worker among them; pages work without a worker.

    Shape  for strangers {"status": "ok"}; for the others {"status": "ok", "timestamp": "2026-03-04T15:00:00+00:00",
           "database": "connected", "redis": "ok", "workers": "ok", "version": "0.1.0"}
    """
    is_database_up = probes.database_ms() is not None
    is_redis_up = probes.redis_ms() is not None if settings.REDIS_URL else None
    is_well = is_database_up and is_redis_up is not False
    status: dict[str, Any] = {"status": "ok" if is_well else "unavailable"}
    if is_trusted(request):
        status |= {
            "timestamp": now().isoformat(),
            "database": "connected" if is_database_up else "down",
            "redis": {True: "ok", False: "down", None: "none"}[is_redis_up],
            "workers": _workers() if is_database_up else "unknown",
            "version": settings.VERSION,
        }
    return _answer(status, is_well=is_well)


def _workers() -> str:
    """The state of beat, broker and worker: the newest check is their heartbeat."""
    try:
        newest = HealthCheck.objects.newest()
    except AnyDatabaseError:
        return "unknown"
    age = freshness(newest.age_s(now()) if newest is not None else None)
    return {"fresh": "ok", "late": "silent", "ahead": "unknown", "none": "never seen"}[age]


def _answer(body: dict[str, Any], *, is_well: bool) -> JsonResponse:
    response = JsonResponse(body, status=200 if is_well else 503)
    response["Cache-Control"] = "no-store"
    return response
