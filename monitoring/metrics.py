"""What Prometheus reads: counters of all processes of this machine, and the newest check of the whole site."""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from monitoring.health.measure import redis_ms
from monitoring.models import AgentState, Alert, HealthCheck

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # set: every process writes there, and any of them answers for all

OF_CHECK = {
    "site_decisions_per_second": ("Agent decisions a second, over five minutes", "decisions_per_s", 1.0),
    "site_loops_per_second": ("Loops offered a second, over five minutes", "loops_per_s", 1.0),
    "site_decision_latency_seconds": ("Mean latency of the orchestrator", "latency_avg_ms", 0.001),
    "site_decision_latency_p95_seconds": ("95% of its decisions stay within", "latency_p95_ms", 0.001),
    "site_people": ("Learners shown to be here", "people", 1.0),
    "site_experiments_active": ("Experiments under way", "experiments", 1.0),
    "site_queue_depth": ("Tasks waiting at the broker", "queue_depth", 1.0),
    "site_deliveries_waiting": ("Deliveries of events older than a minute", "deliveries_waiting", 1.0),
    "site_parked": ("Deliveries and notices given up on", "parked", 1.0),
    "site_database_seconds": ("Round trip to the database", "database_ms", 0.001),
    "site_redis_seconds": ("Round trip to Redis", "redis_ms", 0.001),
    "site_check_seconds": ("How long the check itself took", "took_ms", 0.001),
}


class SiteCollector(Collector):
    """Cost  3 queries a scrape, and one Redis round trip where the site has a Redis."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What this process counts is told without a database, and just then it is wanted."""
        try:
            known = [*_of_check(self._at), *_agents(), _alerts()]
        except DatabaseError:
            known = []
        yield _gauge("site_database_up", "1 while the database answers this process", float(bool(known)))
        if settings.REDIS_URL:
            yield _gauge("site_redis_up", "1 while Redis answers this process", float(redis_ms() is not None))
        yield from known


def _of_check(at: datetime) -> list[GaugeMetricFamily]:
    """What could not be told is left out, not told as zero."""
    check = HealthCheck.objects.newest()
    if check is None:
        return []
    told = [_gauge("site_check_age_seconds", "Since the newest health check", check.age_s(at))]
    for name, (words, field, factor) in OF_CHECK.items():
        value = getattr(check, field)
        if value is not None:
            told.append(_gauge(name, words, value * factor))
    return told


def _agents() -> list[GaugeMetricFamily]:
    is_up = GaugeMetricFamily("site_agent_up", "1 while the agent is healthy, idle ones too", labels=["agent"])
    states = GaugeMetricFamily("site_agent_state", "1 for the state the agent is in", labels=["agent", "state"])
    for agent in AgentState.objects.order_by("name"):
        is_up.add_metric([agent.name], float(agent.is_well))
        for state in AgentState.State.values:
            states.add_metric([agent.name, state], float(agent.state == state))
    return [is_up, states]


def _alerts() -> GaugeMetricFamily:
    alerts = GaugeMetricFamily("site_alerts_open", "Alerts that last", labels=["severity"])
    counts = dict(Alert.objects.all().open().values_list("severity").annotate(Count("pk")))
    for severity in Alert.Severity.values:
        alerts.add_metric([severity], counts.get(severity, 0))
    return alerts


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def exposition(at: datetime) -> bytes:
    """Prometheus text: what processes count, then what the site knows of itself."""
    site = CollectorRegistry(auto_describe=False)
    site.register(SiteCollector(at))
    return generate_latest(_counted()) + generate_latest(site)


def _counted() -> CollectorRegistry:
    folder = os.environ.get(DIRECTORY)
    if not folder:
        return REGISTRY
    forget_the_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def forget_the_dead(folder: Path) -> None:
    """Gauges of processes that were killed no longer count; their counters do."""
    for path in folder.glob("gauge_live*_*.db"):
        found = re.search(r"_(\d+)\.db$", path.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            mark_process_dead(int(found[1]), str(folder))  # type: ignore[no-untyped-call]
