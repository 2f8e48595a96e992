"""The /metrics exposition: counters of all processes of this machine, and the newest check of the site."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.models import Count
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from monitoring.health.probes import failing_jobs, redis_ms, standing_cursors
from monitoring.health.system import used_descriptors_share, used_disk_share
from monitoring.models import AgentState, Alert, HealthCheck, SetAsideRow
from viral_engine.kernel.services import oldest_rows

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # when set, processes share their counters there, and any answers for all

# The library has no types for these two.
collect_from_files: Callable[[CollectorRegistry], object] = MultiProcessCollector
mark_dead: Callable[[int, str], object] = mark_process_dead

Read = Callable[[HealthCheck], float | None]
OF_CHECK: dict[str, tuple[str, Read, float]] = {  # name: (help, value, factor)
    "site_decisions_per_second": ("Agent decisions a second, over five minutes", lambda one: one.decisions_per_s, 1.0),
    "site_loops_per_second": ("Loops offered a second, over five minutes", lambda one: one.loops_per_s, 1.0),
    "site_decision_latency_seconds": ("Mean latency of the orchestrator", lambda one: one.latency_avg_ms, 0.001),
    "site_decision_latency_p95_seconds": (
        "Latency that 95% of its decisions stay within",
        lambda one: one.latency_p95_ms,
        0.001,
    ),
    "site_people": ("Learners online and visible to others", lambda one: one.people, 1.0),
    "site_experiments_active": ("Running experiments", lambda one: one.experiments, 1.0),
    "site_queue_depth": ("Tasks waiting at the broker", lambda one: one.queue_depth, 1.0),
    "site_deliveries_waiting": ("Outbox deliveries older than a minute", lambda one: one.deliveries_waiting, 1.0),
    "site_parked": ("Dead letters: deliveries and notifications", lambda one: one.dead_letters, 1.0),
    "site_database_seconds": ("Round trip to the database", lambda one: one.database_ms, 0.001),
    "site_redis_seconds": ("Round trip to Redis", lambda one: one.redis_ms, 0.001),
    "site_check_seconds": ("Duration of the check itself", lambda one: one.took_ms, 0.001),
}


class SiteCollector(Collector):
    """Cost  7 queries a scrape, and one Redis round trip where the site has a Redis."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Site metrics are left out while the database is down; the counters of processes need no database."""
        try:
            known = [*_of_check(self._at), *_agents(), _alerts(), *_retention(self._at), *_jobs(self._at)]
        except AnyDatabaseError:
            known = []
        yield _gauge("site_database_up", "1 while the database answers this process", float(bool(known)))
        if settings.REDIS_URL:
            yield _gauge("site_redis_up", "1 while Redis answers this process", float(redis_ms() is not None))
        yield from _machine()
        yield from known


def _of_check(at: datetime) -> list[GaugeMetricFamily]:
    """Unknown values are left out, not reported as zero."""
    check = HealthCheck.objects.newest()
    if check is None:
        return []
    gauges = [_gauge("site_check_age_seconds", "Age of the newest health check", check.age_s(at))]
    for name, (text, read, factor) in OF_CHECK.items():
        value = read(check)
        if value is not None:
            gauges.append(_gauge(name, text, value * factor))
    return gauges


def _agents() -> list[GaugeMetricFamily]:
    is_up = GaugeMetricFamily("site_agent_up", "1 while the agent is healthy or idle", labels=["agent"])
    states = GaugeMetricFamily("site_agent_state", "1 for the current state of the agent", labels=["agent", "state"])
    for agent in AgentState.objects.order_by("name"):
        is_up.add_metric([agent.name], float(agent.is_well))
        for state in AgentState.State.values:
            states.add_metric([agent.name, state], float(agent.state == state))
    return [is_up, states]


def _alerts() -> GaugeMetricFamily:
    alerts = GaugeMetricFamily("site_alerts_open", "Open alerts", labels=["severity"])
    counts = dict(Alert.objects.all().open().values_list("severity").annotate(Count("pk")))
    for severity in Alert.Severity.values:
        alerts.add_metric([severity], counts.get(severity, 0))
    return alerts


def _retention(at: datetime) -> list[GaugeMetricFamily]:
    """The age of the oldest row of each class of personal data, beside the period that the policy publishes."""
    oldest = GaugeMetricFamily("site_retention_oldest_seconds", "Age of the oldest row of a class", labels=["class"])
    period = GaugeMetricFamily("site_retention_period_seconds", "Period of the class", labels=["class"])
    for row in oldest_rows():
        oldest.add_metric([row.kind.key], row.age(at).total_seconds())
        period.add_metric([row.kind.key], (row.kind.period or timedelta()).total_seconds())
    return [oldest, period]


def _machine() -> Iterator[GaugeMetricFamily]:
    """Of the machine and the process that are scraped; no query."""
    build = GaugeMetricFamily("site_build_info", "1 for the version that runs", labels=["version"])
    build.add_metric([settings.VERSION], 1.0)
    yield build
    yield from _pool()
    if (disk := used_disk_share()) is not None:
        yield _gauge("site_disk_used_ratio", "Used share of the fullest disk", disk)
    if (descriptors := used_descriptors_share()) is not None:
        yield _gauge("site_descriptors_used_ratio", "Used share of descriptors of the fullest process", descriptors)


def _pool() -> Iterator[GaugeMetricFamily]:
    """Connections of this process; PostgreSQL alone has a pool."""
    opened: Any = connection
    if not settings.ON_POSTGRESQL or opened.pool is None:
        return
    stats = opened.pool.get_stats()
    pool = GaugeMetricFamily("site_database_pool_connections", "Connections of this process", labels=["state"])
    free = stats.get("pool_available", 0)
    pool.add_metric(["idle"], free)
    pool.add_metric(["used"], stats.get("pool_size", 0) - free)
    yield pool
    yield _gauge("site_database_pool_waiting", "Requests that wait for a connection", stats.get("requests_waiting", 0))


def _jobs(at: datetime) -> list[GaugeMetricFamily]:
    return [
        _gauge("site_jobs_failing", "Tasks whose runs keep failing", len(failing_jobs(at))),
        _gauge("site_cursors_standing", "Logs that nobody counts", len(standing_cursors(at))),
        _gauge("site_rows_set_aside", "Log rows that cannot be counted", SetAsideRow.objects.count()),
    ]


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def exposition(at: datetime) -> bytes:
    """Prometheus text: counters of processes, then metrics of the site."""
    site = CollectorRegistry(auto_describe=False)
    site.register(SiteCollector(at))
    return generate_latest(counted_registry()) + generate_latest(site)


def counted_registry() -> CollectorRegistry:
    """The counters of this process, or of all that share PROMETHEUS_MULTIPROC_DIR."""
    folder = os.environ.get(DIRECTORY)
    if not folder:
        return REGISTRY
    drop_dead_processes(Path(folder))
    registry = CollectorRegistry()
    collect_from_files(registry)
    return registry


def drop_dead_processes(folder: Path) -> None:
    """Drop the gauges of processes that were killed, and keep their counters."""
    for path in folder.glob("gauge_live*_*.db"):
        found = re.search(r"_(\d+)\.db$", path.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            mark_dead(int(found[1]), str(folder))
