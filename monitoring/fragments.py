"""The four regions of the on-call page, drawn the same for every viewer, and their pushes."""

from datetime import datetime
from hashlib import blake2s

from django.core.cache import caches
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from monitoring.queries import AlertsPanel, OnCallSnapshot, alerts_panel
from viral_engine.kernel.pubsub import publish

TOPIC = "monitoring"
TICK_S = 5
REGIONS = ("status", "alerts", "agents", "trends")


def region(name: str, shown: AlertsPanel) -> str:
    """Draw one region with its version, a hash of its HTML: a page ignores a version that it shows already."""
    template = f"monitoring/_{name}.html"
    version = version_of(render_to_string(template, {"shown": shown}))
    return render_to_string(template, {"shown": shown, "version": version})


def version_of(*drawn: str) -> str:
    return blake2s("".join(drawn).encode(), digest_size=6).hexdigest()


def regions(shown: OnCallSnapshot) -> dict[str, str]:
    return {name: region(name, shown) for name in REGIONS}


def whole_page(shown: OnCallSnapshot) -> str:
    """All regions under one root; a page gets them when it connects."""
    drawn = regions(shown)
    return render_to_string("monitoring/_live.html", {"regions": drawn, "version": version_of(*drawn.values())})


def database_lost() -> str:
    """The notice that replaces the status region; no query."""
    return render_to_string("monitoring/_database_lost.html")


def claim_tick(at: datetime) -> bool | None:
    """True in the one process that draws this tick for all; None without Redis, where no process can claim it."""
    try:
        return bool(caches["shared"].add(f"monitoring:tick:{int(at.timestamp()) // TICK_S}", 1, timeout=TICK_S * 4))
    except RedisError:
        return None


def push(name: str, html: str) -> None:
    publish(TOPIC, f"monitoring_{name}", html=html, delivery="latest")


def push_alerts(at: datetime) -> None:
    """Show a change of an alert on every open page. Cost  4 queries."""
    push("alerts", region("alerts", alerts_panel(at)))
