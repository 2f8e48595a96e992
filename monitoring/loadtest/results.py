"""The result of a load test, as the JSON report holds it: figures, checks against the limits, and notes."""

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from monitoring.loadtest.generator import GENERATOR, GeneratorRun, ResourceUse
from monitoring.loadtest.plan import LoadPlan
from monitoring.loadtest.thresholds import LimitCheck, bottleneck_notes, checks_of, rate
from monitoring.loadtest.timings import Timings
from viral_engine.kernel.agent_registry import ORCHESTRATOR
from viral_engine.kernel.models import Decision

MACHINE = "machine"
WINDOW_S = 5  # of the decisions' chart
FRAME_COUNTS = ("frames", "numbered_frames", "lost_frames", "resyncs", "sockets", "dropped_sockets")


def result_of(plan: LoadPlan, run: GeneratorRun, *, actor_ids: list[int], cores: int) -> dict[str, Any]:
    """Put the generator's figures, the decision log and the usage of the processes together.

    Cost  1 query.
    """
    figures = run.figures
    seconds = figures["ended_at"] - figures["started_at"]
    decisions = _decisions(figures["started_at"], figures["ended_at"], actor_ids)
    times = Timings.of(latency for _, latency, _ in decisions)
    errors = _errors(plan, figures)
    checks = checks_of(
        decision_p95_ms=times.percentile(0.95) if decisions else None,
        error_rate=errors["rate"],
        arrival_p95_ms=figures["chat"]["p95_ms"] if figures["chat"]["count"] else None,
        lost_frames=figures["lost_frames"],
    )
    resources = _resources(run.use, figures, seconds, cores)
    degraded = sum(is_degraded for _, _, is_degraded in decisions)
    return {
        "passed": all(check.passed for check in checks),
        "checks": [_described(check) for check in checks],
        "notes": resources.pop("notes"),
        "plan": _plan(plan, figures["started_at"], seconds),
        "decisions": times.summary() | {"per_s": round(rate(len(decisions), seconds), 2), "degraded": degraded},
        "errors": errors,
        "availability": _availability(figures, errors),
        "pages": figures["pages"],
        "chat": figures["chat"],
        "frames": {name: figures[name] for name in FRAME_COUNTS},
        "resources": resources,
        "series": {
            "intervals": figures["intervals"],
            "decisions": _decision_series(decisions, figures["started_at"]),
            "cores": _core_series(run.use, seconds),
        },
    }


def _described(check: LimitCheck) -> dict[str, Any]:
    return asdict(check) | {
        "passed": check.passed,
        "margin": check.margin,
        "value_text": check.value_text,
        "limit_text": check.limit_text,
    }


def _plan(plan: LoadPlan, started_at: float, seconds: float) -> dict[str, Any]:
    return {
        "users": plan.users,
        "seconds": round(seconds, 1),
        "web": plan.web,
        "workers": plan.workers,
        "url": plan.url,
        "events_per_s_wanted": plan.events_per_s,
        "started_at": datetime.fromtimestamp(started_at, tz=UTC).isoformat(timespec="seconds"),
    }


def _decisions(start: float, end: float, actor_ids: list[int]) -> list[tuple[float, float, bool]]:
    """(instant, latency in ms, degraded) of the orchestrator's decisions for the test's learners."""
    since, until = (datetime.fromtimestamp(one, tz=UTC) for one in (start, end))
    mine = set(actor_ids)
    rows = Decision.objects.since(since).filter(agent=ORCHESTRATOR.key, decided_at__lte=until)
    found = rows.values_list("actor_id", "decided_at", "latency_ms", "is_degraded")
    return [(at.timestamp(), latency, is_degraded) for actor, at, latency, is_degraded in found if actor in mine]


def _errors(plan: LoadPlan, figures: dict[str, Any]) -> dict[str, Any]:
    """A learner without a socket at the end counts as one failed action."""
    offline = max(plan.users - figures["sockets"], 0)
    actions = sum(page["count"] for page in figures["pages"].values()) + offline
    failures = sum(page["failures"] for page in figures["pages"].values()) + offline
    return {
        "actions": actions,
        "failures": failures,
        "offline_learners": offline,
        "rate": rate(failures, actions),
        "by_kind": figures["errors"],
        "before_the_measurement": figures["early_errors"],
    }


def _availability(figures: dict[str, Any], errors: dict[str, Any]) -> dict[str, float]:
    """`actions` is the share that succeeded; `time` the share of two-second intervals without a failure."""
    clean = sum(1 for interval in figures["intervals"] if not interval["failures"])
    return {"actions": 1 - errors["rate"], "time": rate(clean, len(figures["intervals"]))}


def _resources(use: ResourceUse, figures: dict[str, Any], seconds: float, cores: int) -> dict[str, Any]:
    """CPU and memory of each process; the machine's busy share; bottleneck notes."""
    spent = {name: end.cpu_s - use.start[name].cpu_s for name, end in use.end.items() if name in use.start}
    processes: list[dict[str, Any]] = [
        {
            "name": name,
            "cpu_s": round(cpu_s, 2),
            "cores": round(rate(cpu_s, seconds), 3),
            "rss_mib": round(use.end[name].rss_mib, 1),
        }
        for name, cpu_s in spent.items()
    ]
    share = use.machine_end.share_since(use.machine_start) if use.machine_end and use.machine_start else 0.0
    ours = rate(sum(spent.values()), seconds)
    has_servers = len(use.end) > 1
    notes = bottleneck_notes(
        generator_cores=rate(figures["cpu_s"], seconds),
        machine_share=share,
        other_cores=max(share * cores - ours, 0.0) if has_servers else None,
    )
    site_cpu_s = round(sum(cpu_s for name, cpu_s in spent.items() if name != GENERATOR), 2)
    return {"processes": processes, "machine_share": round(share, 3), "site_cpu_s": site_cpu_s, "notes": notes}


def _decision_series(decisions: list[tuple[float, float, bool]], start: float) -> list[dict[str, float]]:
    windows: defaultdict[int, Timings] = defaultdict(Timings)
    for at, latency, _ in decisions:
        windows[int((at - start) // WINDOW_S)].add(latency)
    return [
        {"at_s": number * WINDOW_S, "p95_ms": window.percentile(0.95), "per_s": window.count / WINDOW_S}
        for number, window in sorted(windows.items())
    ]


def _core_series(use: ResourceUse, until_s: float) -> dict[str, list[tuple[float, float]]]:
    """{process: [(at_s, cores used since the sample before)]}, of the measurement; the machine's busy share too."""
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for before, after in zip(use.samples, use.samples[1:], strict=False):
        seconds = after[0] - before[0]
        if seconds <= 0 or before[0] <= 0 or after[0] > until_s + 1:
            continue
        for name, usage in after[1].items():
            if name in before[1]:
                cores = max(usage.cpu_s - before[1][name].cpu_s, 0.0) / seconds
                found[name].append((after[0], round(cores, 3)))
        found[MACHINE].append((after[0], round(after[2], 3)))
    return dict(found)
