"""The measurements of one check, read with a stated number of queries."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.models import Avg, Count, Max, Min, Q, QuerySet
from kombu.exceptions import KombuError
from redis import Redis
from redis.exceptions import RedisError

from experiments.models import Phase
from loops.core.ai import budget_used
from loops.session_intelligence.models import SessionPipeline
from monitoring.health import system
from monitoring.health.agents import PROBED, run_probe
from monitoring.health.rules import WINDOW_S, DecisionStats, ProbeResult
from monitoring.models import FailingJob, Notification, SetAsideRow, StreamCursor
from viral_engine.celery import app
from viral_engine.kernel import gauges
from viral_engine.kernel.agent_registry import ORCHESTRATOR
from viral_engine.kernel.models import Decision, Delivery
from viral_engine.kernel.privacy.retention import OldestRow
from viral_engine.kernel.services import oldest_rows

logger = logging.getLogger(__name__)
T = TypeVar("T")
DecisionCounts = tuple[dict[str, DecisionStats], int]  # by agent, and the loops offered
SUMMARIZED_WITHIN = timedelta(minutes=15)  # three calls of a minute, their pauses, and a queue in front of them
DELIVERED_WITHIN = timedelta(seconds=60)  # an older delivery has failed, or no worker sweeps
CURSOR_MOVES_WITHIN = timedelta(minutes=5)  # a beat counts every five seconds
PROBE_KEPT_S = 60
TIMED = Q(latency_ms__gt=0)  # an agent that is part of another's decision does not time its own
LEADER = ORCHESTRATOR.key  # its latency is that of the whole decision


@dataclass(frozen=True, slots=True)
class Measurements:
    """Everything that one check measured; `stats` and `probes` are by agent key."""

    stats: dict[str, DecisionStats]
    probes: dict[str, ProbeResult]
    loops: int
    latency_p95_ms: float | None
    people: int | None
    experiments: int | None
    queue_depth: int | None
    deliveries_waiting: int | None
    dead_letters: int | None
    sessions_waiting: int | None  # transcripts without a summary for too long
    disabled_webhooks: int | None
    database_ms: float
    redis_ms: float | None
    disk_share: float | None
    descriptors_share: float | None
    memory_share: float | None
    missing_migrations: list[str] | None
    oldest_rows: list[OldestRow]
    ai_budget_used: float | None
    failing_jobs: list[str] | None  # tasks whose runs keep failing
    standing_cursors: list[str] | None  # logs that nobody has read for minutes
    rows_set_aside: int | None
    stopped_experiments: list[tuple[str, str]] | None  # key and title of those that a guardrail stopped

    @property
    def decisions(self) -> int:
        return sum(stats.decisions for stats in self.stats.values())

    def of(self, key: str) -> DecisionStats:
        """The decisions of one agent; zeros for an agent that made none."""
        return self.stats.get(key, DecisionStats())


def read(at: datetime) -> Measurements:
    """Cost  14 queries and the probes' 10, 1 of the 14 only where the orchestrator decided, 1 more with an AI provider.

    Three Redis round trips.
    """
    made = decisions_until(at)
    nothing: DecisionCounts = ({}, 0)
    stats, loops = apart(lambda: decision_stats(made), nothing)
    unknown: tuple[int | None, int | None] = (None, None)
    waiting, dead_letters = apart(lambda: deliveries(at), unknown)
    return Measurements(
        stats=stats,
        probes={key: run_probe(probed, at) for key, probed in PROBED.items()},  # which catches every error
        loops=loops,
        latency_p95_ms=apart(lambda: p95_of(made, stats.get(LEADER, DecisionStats()).timed), None),
        people=apart(lambda: gauges.read_gauge("people"), None),
        experiments=apart(lambda: gauges.read_gauge("experiments"), None),
        queue_depth=apart(queue_depth, None),
        deliveries_waiting=waiting,
        dead_letters=dead_letters,
        sessions_waiting=apart(lambda: late_sessions(at), None),
        disabled_webhooks=apart(lambda: gauges.read_gauge("disabled_webhooks"), None),
        database_ms=apart(database_ms, None) or 0.0,
        redis_ms=apart(redis_ms, None),
        disk_share=apart(system.used_disk_share, None),
        descriptors_share=apart(system.used_descriptors_share, None),
        memory_share=apart(system.used_memory_share, None),
        missing_migrations=apart(system.missing_migrations, None),
        oldest_rows=apart(oldest_rows, []),
        ai_budget_used=apart(lambda: budget_used(at), None),
        failing_jobs=apart(lambda: failing_jobs(at), None),
        standing_cursors=apart(lambda: standing_cursors(at), None),
        rows_set_aside=apart(SetAsideRow.objects.count, None),
        stopped_experiments=apart(stopped_experiments, None),
    )


def apart(read: Callable[[], T], otherwise: T) -> T:
    """Read a part of the check; one that cannot be read, for any reason, is logged and hides no other."""
    try:
        return read()
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        logger.exception("a part of the health check cannot be read")
        return otherwise


def stopped_experiments() -> list[tuple[str, str]] | None:
    """Key and title of the experiments that a guardrail stopped; 1 query."""
    stopped = Phase.objects.all().stopped_by_a_guardrail()
    return list(stopped.values_list("experiment__key", "experiment__title"))


def decisions_until(at: datetime) -> QuerySet[Decision]:
    """Decisions of the last five minutes; later ones were made before the clock was set back."""
    return Decision.objects.since(at - timedelta(seconds=WINDOW_S)).filter(decided_at__lte=at)


def decision_stats(made: QuerySet[Decision]) -> DecisionCounts:
    """The decisions of each agent, and how many loops were offered; 1 query."""
    rows = (
        made.filter(agent__in=list(PROBED))
        .values("agent")
        .annotate(
            decisions=Count("pk"),
            degraded=Count("pk", filter=Q(is_degraded=True)),
            latency=Avg("latency_ms", filter=TIMED),
            timed=Count("pk", filter=TIMED),
            degraded_from=Min("decided_at", filter=Q(is_degraded=True)),
            degraded_until=Max("decided_at", filter=Q(is_degraded=True)),
            loops=Count("pk", filter=Q(agent=LEADER, is_degraded=False) & ~Q(outcome="none")),
        )
    )
    found = list(rows)
    stats = {
        row["agent"]: DecisionStats(
            row["decisions"],
            row["degraded"],
            row["latency"],
            row["timed"],
            (row["degraded_until"] - row["degraded_from"]).total_seconds() if row["degraded"] else 0.0,
        )
        for row in found
    }
    return stats, sum(row["loops"] for row in found)


def p95_of(made: QuerySet[Decision], count: int) -> float | None:
    """The latency that 95% of the orchestrator's decisions stayed within; 1 query, none without decisions."""
    if not count:
        return None
    slowest = made.filter(agent=LEADER).order_by("-latency_ms")
    return slowest.values_list("latency_ms", flat=True)[count // 20 : count // 20 + 1].first()


def deliveries(at: datetime) -> tuple[int | None, int | None]:
    """The number of late deliveries, and of dead letters with those of transcripts; 4 queries.

    A failed delivery is leased until its next try, and a running one while it runs: both count as late.
    """
    waiting = Delivery.objects.unfinished().filter(event__at__lt=at - DELIVERED_WITHIN).count()
    recent = Notification.objects.dead_lettered().filter(dead_lettered_at__gte=at - timedelta(days=1))
    sessions = SessionPipeline.objects.dead_lettered().count()
    return waiting, Delivery.objects.dead_lettered().count() + recent.count() + sessions


def late_sessions(at: datetime) -> int:
    """The number of transcripts that wait for their summary longer than all retries take; 1 query."""
    return SessionPipeline.objects.unfinished().filter(received_at__lt=at - SUMMARIZED_WITHIN).count()


def failing_jobs(at: datetime) -> list[str]:
    """Names of the tasks that keep failing; 1 query."""
    return list(FailingJob.objects.all().lasting(at).order_by("task").values_list("task", flat=True))


def standing_cursors(at: datetime) -> list[str]:
    """Names of the logs that were counted before and stand still now; 1 query.

    Each run of the task moves the cursor's instant, also without new rows, unless its transaction fails.
    """
    standing = StreamCursor.objects.filter(moved_at__lt=at - CURSOR_MOVES_WITHIN)
    return list(standing.order_by("stream").values_list("stream", flat=True))


def database_ms() -> float | None:
    """The database's response time; None when it does not answer. 1 query."""
    started = perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except AnyDatabaseError:
        return None
    return (perf_counter() - started) * 1000


def redis_ms() -> float | None:
    """Response time of the slowest Redis; None when one does not answer or takes no write, or the site has none."""
    if not settings.REDIS_URL:
        return None
    try:
        return max(_write_ms(url) for url in set(settings.REDIS_URLS.values()))
    except RedisError:
        return None


def _write_ms(url: str) -> float:
    """Write, because a Redis whose memory or disk is full answers pings and refuses everything else."""
    started = perf_counter()
    with Redis.from_url(url, **settings.REDIS_TIMEOUTS) as redis:
        redis.set("monitoring:probe", 1, ex=PROBE_KEPT_S)
    return (perf_counter() - started) * 1000


def queue_depth() -> int | None:
    """The number of tasks waiting at the broker, in all queues; None when the broker does not answer."""
    queues = {app.conf.task_default_queue, *(route["queue"] for route in app.conf.task_routes.values())}
    try:
        if settings.REDIS_URL:
            with Redis.from_url(settings.REDIS_URLS["broker"], **settings.REDIS_TIMEOUTS) as redis:
                return sum(int(redis.llen(queue)) for queue in queues)
        with app.connection_for_read() as broker:
            channel: Any = broker.default_channel  # its stubs know no virtual transport
            return sum(int(channel.queue_declare(queue).message_count) for queue in queues)
    except (RedisError, KombuError, OSError):
        logger.warning("the broker does not report its queue depth")
        return None
