from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from monitoring.alerts import services
from monitoring.growth import admin as growth_admin
from monitoring.models import AgentState, Alert, FailingJob, HealthCheck, Notification, RequestTally, Silence
from viral_engine.accounts.identity import require_user
from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin
from viral_engine.kernel.clock import now

__all__ = ["growth_admin"]  # Django imports one admin module per app; growth registers its own models


@admin.register(HealthCheck)
class HealthCheckAdmin(ReadOnlyAdmin):
    list_display = ["at", "span_s", "decisions_per_s", "latency_avg_ms", "requests", "errors", "queue_depth", "took_ms"]
    list_filter = ["span_s", "at"]
    search_fields = ["=epoch"]


@admin.register(AgentState)
class AgentStateAdmin(ReadOnlyAdmin):
    list_display = ["title", "state", "reason", "decisions", "degraded", "latency_avg_ms", "since", "checked_at"]
    list_filter = ["state"]
    search_fields = ["name", "title", "reason"]


@admin.register(FailingJob)
class FailingJobAdmin(ReadOnlyAdmin):
    list_display = ["task", "failures", "since", "error"]
    list_filter = ["since"]
    search_fields = ["task", "error"]


@admin.register(RequestTally)
class RequestTallyAdmin(ReadOnlyAdmin):
    list_display = ["at", "requests", "errors"]
    list_filter = ["at"]
    search_fields = ["=requests"]


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["title", "key", "severity", "detail", "opened_at", "resolved_at", "acknowledged_by"]
    list_filter = ["severity", ("resolved_at", admin.EmptyFieldListFilter), "opened_at"]
    list_select_related = ["acknowledged_by"]
    search_fields = ["key", "title", "detail"]
    actions = ["acknowledge", "silence_for_a_day"]

    def has_acknowledge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("monitoring.acknowledge_alert")

    def has_silence_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("monitoring.silence_alert")

    @admin.action(description="Acknowledge these alerts", permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        acknowledged = [services.acknowledge(alert=alert, by=require_user(request), at=now()) for alert in queryset]
        self.message_user(request, f"{sum(acknowledged)} acknowledged.")

    @admin.action(description="Silence these alerts for 24 hours", permissions=["silence"])
    def silence_for_a_day(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        keys = set(queryset.values_list("key", flat=True))
        for key in keys:
            services.silence(key=key, lasts=services.DAY, by=require_user(request), at=now())
        self.message_user(request, f"{len(keys)} silenced for 24 hours.")


@admin.register(Silence)
class SilenceAdmin(ReadOnlyAdmin):
    list_display = ["key", "until", "set_by", "set_at"]
    list_filter = ["until"]
    list_select_related = ["set_by"]
    search_fields = ["key"]
    actions = ["end"]

    def has_silence_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("monitoring.silence_alert")

    @admin.action(description="End these silences", permissions=["silence"])
    def end(self, request: HttpRequest, queryset: QuerySet[Silence]) -> None:
        for silence in queryset:
            services.end_silence(key=silence.key, by=require_user(request))
        self.message_user(request, "Notifications resume with the next check.")


@admin.register(Notification)
class NotificationAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["alert", "transition", "channel", "at", "sent_at"]
    list_filter = ["channel", "transition"]
    list_select_related = ["alert"]
    search_fields = ["alert__key"]
