"""One health check, end to end: measure, store, update alerts."""

from datetime import date, datetime
from time import perf_counter

from django.conf import settings
from django.db import transaction

from monitoring.alerts import rules as alert_rules
from monitoring.alerts.services import observe, resolve_forgotten
from monitoring.health import probes
from monitoring.health import services as health
from monitoring.health.agents import PROBED
from monitoring.health.probes import Measurements
from monitoring.health.rules import judge
from monitoring.models import HealthCheck, RequestTally
from monitoring.rules import EVERY_S, AgentHealth, Finding
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import claim_slot

TASK = "check_health"
HealthByAgent = dict[str, AgentHealth]


def run_health_check(*, at: datetime) -> HealthCheck | None:
    """Check the site once in this slot and update the alerts; None when another beat has the slot.

    A clock that was set back begins a new epoch, whose slots are free again. Requests counted in what is now the future
    are deleted.

    Cost  38 statements, eleven of them the agents' probes, whatever happened on the site; 3 more for an alert that
          begins, 1 for one that lasts, at most 2 for one that ends; 1 more for a new epoch.
    """
    newest = HealthCheck.objects.newest()
    epoch = health.epoch_after(newest, at)
    if not claim_slot(TASK, every_s=EVERY_S, at=at, epoch=epoch):
        return None
    started = perf_counter()
    measured = probes.read(at)
    states = {
        key: judge(measured.of(key), measured.probes[key], probed.agent.budget_ms) for key, probed in PROBED.items()
    }
    with transaction.atomic():
        if newest is not None and epoch != newest.epoch:
            RequestTally.objects.filter(at__gt=at).delete()
        check = health.store_check(measured, states, epoch, at)
        findings = find_problems(measured, states, at)
        observe(findings=findings, at=at)
        resolve_forgotten(findings=findings, at=at, knows_guardrails=measured.stopped_experiments is not None)
        check.took_ms = (perf_counter() - started) * 1000
        check.save(update_fields=["took_ms"])
    return check


def find_problems(measured: Measurements, states: HealthByAgent, at: datetime) -> list[Finding]:
    """One finding for each condition that an alert watches; 1 query."""
    windows = RequestTally.objects.all().windows(alert_rules.WINDOWS_S, at)
    found = [
        alert_rules.error_rate(windows[alert_rules.ERROR_WINDOW_S]),
        *alert_rules.burn_rates(windows),
        alert_rules.queue(measured.queue_depth, measured.deliveries_waiting),
        alert_rules.dead_letters(measured.dead_letters),
        alert_rules.sessions(measured.sessions_waiting),
        alert_rules.jobs(measured.failing_jobs),
        alert_rules.cursors(measured.standing_cursors),
        alert_rules.set_aside(measured.rows_set_aside),
        alert_rules.webhooks(measured.disabled_webhooks),
        alert_rules.ai_budget(measured.ai_budget_used),
        alert_rules.disk(measured.disk_share),
        alert_rules.descriptors(measured.descriptors_share),
        alert_rules.memory(measured.memory_share),
        alert_rules.migrations(measured.missing_migrations),
        alert_rules.retention(measured.oldest_rows, at),
    ]
    if settings.PRODUCTION:
        found.append(_security_review(at))
    for key, state in states.items():
        agent, latency_ms = PROBED[key].agent, measured.of(key).latency_avg_ms
        found.append(alert_rules.failing(key, agent.title, state))
        found.append(alert_rules.slow(key, agent.title, state, latency_ms, agent.budget_ms))
    return [*found, *(alert_rules.guardrail(key, title) for key, title in measured.stopped_experiments or ())]


def _security_review(at: datetime) -> Finding:
    reviewed_on = date.fromisoformat(settings.SECURITY_REVIEWED_ON) if settings.SECURITY_REVIEWED_ON else None
    return alert_rules.security_review(reviewed_on, settings.SECURITY_COORDINATOR, today(at))
