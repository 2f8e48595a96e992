from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from viral_engine.kernel.admin_lists import LogAdmin, find_by_value, numbers_and_ids
from viral_engine.kernel.leases import LeasedQuerySet
from viral_engine.kernel.models import (
    Decision,
    Delivery,
    Exclusive,
    LoggedEvent,
    OutgoingMail,
    PeriodicRun,
    RetentionState,
)


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """The admin of a log: staff may look, search and filter, but not edit."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Find a number or an id by the index; everything else by Django's search."""
        columns = numbers_and_ids(self, self.get_search_fields(request))
        found = find_by_value(queryset, columns, search_term)
        return super().get_search_results(request, queryset, search_term) if found is None else (found, False)

    def has_add_permission(self, _: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _: HttpRequest, __: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, _: Model | None = None) -> bool:  # noqa: ARG002
        return False


class LeasedWorkAdmin(admin.ModelAdmin[Any]):
    """The admin of work with leases (leases.LeasedWork): staff see why a row was dead-lettered, and requeue it."""

    actions = ["requeue"]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_display(request), "attempts", "leased_until", "dead_lettered_at", "last_error"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        dead_lettered = ("dead_lettered_at", admin.EmptyFieldListFilter)
        return [*super().get_list_filter(request), (self.model.COMPLETED, admin.EmptyFieldListFilter), dead_lettered]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return [*super().get_search_fields(request), "last_error"]

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        """The right to change, though the forms are read-only: looking is not enough to send things again."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    @admin.action(description="Try these again", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: LeasedQuerySet[Any]) -> None:
        self.message_user(request, f"{queryset.requeue()} will be tried again.")


@admin.register(LoggedEvent)
class LoggedEventAdmin(LogAdmin, ReadOnlyAdmin):
    list_display = ["type", "actor_id", "guest_id", "link_code", "at", "is_invalid"]
    list_filter = ["type", "is_invalid", "at"]
    search_fields = ["=actor_id", "=link_code", "=idempotency_key"]
    exact = ("link_code", "idempotency_key")


@admin.register(Decision)
class DecisionAdmin(LogAdmin, ReadOnlyAdmin):
    list_display = ["agent", "type", "outcome", "actor_id", "latency_ms", "is_degraded", "decided_at"]
    list_filter = ["agent", "outcome", "is_degraded", "decided_at"]
    search_fields = ["=actor_id", "rationale"]
    instant = "decided_at"


@admin.register(Delivery)
class DeliveryAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["listener", "event", "processed_at"]
    list_filter = ["listener"]
    list_select_related = ["event"]
    search_fields = ["listener"]


@admin.register(OutgoingMail)
class OutgoingMailAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    """Codes and links open accounts: nobody reads them here."""

    list_display = ["kind", "person_id", "created_at", "sent_at"]
    list_filter = ["kind"]
    search_fields = ["=person_id"]
    exclude = list(OutgoingMail.WORDS)


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ReadOnlyAdmin):
    list_display = ["task", "slot"]
    list_filter = ["task"]
    search_fields = ["task"]


@admin.register(Exclusive)
class ExclusiveAdmin(ReadOnlyAdmin):
    list_display = ["name", "held_until"]
    list_filter = ["held_until"]
    search_fields = ["name"]


@admin.register(RetentionState)
class RetentionStateAdmin(ReadOnlyAdmin):
    list_display = ["name", "oldest_at", "purged", "checked_at"]
    list_filter = ["checked_at"]
    search_fields = ["name"]
