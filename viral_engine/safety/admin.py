"""The review queue, and the rows behind the fraud score."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from viral_engine.accounts.identity import require_user
from viral_engine.formatting import waiting_time
from viral_engine.kernel.admin import ReadOnlyAdmin
from viral_engine.kernel.clock import now
from viral_engine.safety.models import (
    BlocklistEntry,
    DeviceFlag,
    MailboxKey,
    ReferralEdge,
    Report,
    ReviewItem,
    ReviewStep,
)
from viral_engine.safety.queries import history_of
from viral_engine.safety.services import reviews
from viral_engine.safety.services.kinds import kind_of
from viral_engine.staff.services.staff_log import log_change

STEPS: dict[str, tuple[str, Callable[..., object]]] = {
    "approve": ("Approve: nothing is wrong", reviews.approve),
    "release": ("Release the held rewards", reviews.approve),
    "reject": ("Reject: end its effects", reviews.reject),
    "undo": ("Undo now, decide later", reviews.end_effects),
    "restore": ("Restore now, decide later", reviews.restore_effects),
    "reopen": ("Take the decision back", reviews.reopen),
}


class StepInline(admin.TabularInline[ReviewStep, ReviewItem]):
    model = ReviewStep
    fields = readonly_fields = ("step", "by", "note", "at")
    ordering = ["at", "pk"]
    can_delete = False
    extra = 0

    def has_add_permission(self, _: HttpRequest, __: object = None) -> bool:
        return False


class ReportInline(admin.TabularInline[Report, ReviewItem]):
    model = Report
    fields = readonly_fields = ("reporter", "reason", "at", "is_upheld")
    can_delete = False
    extra = 0

    def has_add_permission(self, _: HttpRequest, __: object = None) -> bool:
        return False


class WaitingFilter(admin.SimpleListFilter):
    """Shows what waits, unless staff ask for more."""

    title = "status"
    parameter_name = "state"

    def lookups(self, _: HttpRequest, __: object) -> list[tuple[str, str]]:
        return [("decided", "Decided"), ("appealed", "Appealed"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        yield from (
            {**one, "display": "Waiting"} if index == 0 else one
            for index, one in enumerate(super().choices(changelist))
        )

    def queryset(self, _: HttpRequest, queryset: QuerySet[ReviewItem]) -> QuerySet[ReviewItem]:
        if self.value() == "all":
            return queryset
        if self.value() == "decided":
            return queryset.filter(status__in=ReviewItem.DECIDED)
        states = [ReviewItem.Status.APPEALED] if self.value() == "appealed" else ReviewItem.WAITING
        return queryset.filter(status__in=states)


@admin.register(ReviewItem)
class ReviewItemAdmin(admin.ModelAdmin[ReviewItem]):
    """The review queue. Steps go through the services, so the form itself saves nothing but the note."""

    list_display = ["opened_at", "kind", "subject", "reason", "status", "is_undone", "time_to_decision"]
    list_filter = [WaitingFilter, "kind", "opened_at"]
    list_select_related = ["subject"]
    search_fields = ["subject__username", "=object_key", "reason"]
    ordering = ["opened_at"]
    readonly_fields = [
        "kind",
        "subject",
        "reason",
        "evidence",
        "object_now",
        "history",
        "status",
        "is_undone",
        "opened_at",
        "decided_at",
        "decided_by",
        "time_to_decision",
        "appealed_at",
        "appeal",
    ]
    fields = [*readonly_fields, "note"]
    inlines = [ReportInline, StepInline]
    actions = ["approve_all", "release_all", "reject_all"]
    change_form_template = "admin/safety/reviewitem/change_form.html"

    def has_add_permission(self, _: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _: HttpRequest, __: ReviewItem | None = None) -> bool:
        return False

    @admin.display(boolean=True, description="undone")
    def is_undone(self, item: ReviewItem) -> bool:
        return item.undone_at is not None

    @admin.display(description="time to decision")
    def time_to_decision(self, item: ReviewItem) -> str:
        return waiting_time(item.time_to_decision) if item.time_to_decision else "waits"

    @admin.display(description="the object now")
    def object_now(self, item: ReviewItem) -> str:
        kind = kind_of(item.kind)
        found = kind.find(item.object_key) if kind else None
        if kind is None or found is None:
            return "It does not exist any more."
        return "\n".join(f"{name}: {value}" for name, value in kind.describe(found).items())

    @admin.display(description="the person's history")
    def history(self, item: ReviewItem) -> str:
        return "\n".join(history_of(item.subject_id, at=now())) if item.subject_id else "No account."

    def response_change(self, request: HttpRequest, obj: ReviewItem) -> HttpResponse:
        step = next((name for name in STEPS if f"_{name}" in request.POST), "")
        if not step:
            return super().response_change(request, obj)
        self._take(request, obj, step, note=obj.note)
        return redirect(request.path)

    def _take(self, request: HttpRequest, item: ReviewItem, step: str, note: str = "") -> bool:
        try:
            STEPS[step][1](item=item, by=request.user, note=note, at=now())
        except reviews.ReviewRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return False
        log_change(by=require_user(request), rows=[item], message=STEPS[step][0])
        self.message_user(request, f"Done: {STEPS[step][0].lower()}.")
        return True

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        item = ReviewItem.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        kwargs["extra_context"] = {"steps": _steps_of(item)} | (kwargs.get("extra_context") or {})
        return super().change_view(request, object_id, *args, **kwargs)

    @admin.action(description="Approve: nothing is wrong", permissions=["change"])
    def approve_all(self, request: HttpRequest, queryset: QuerySet[ReviewItem]) -> None:
        self._take_all(request, queryset, "approve")

    @admin.action(description="Release held rewards", permissions=["change"])
    def release_all(self, request: HttpRequest, queryset: QuerySet[ReviewItem]) -> None:
        self._take_all(request, queryset.filter(kind="reward"), "release")

    @admin.action(description="Reject: end their effects", permissions=["change"])
    def reject_all(self, request: HttpRequest, queryset: QuerySet[ReviewItem]) -> None:
        self._take_all(request, queryset, "reject")

    def _take_all(self, request: HttpRequest, queryset: QuerySet[ReviewItem], step: str) -> None:
        take = partial(self._take, request, step=step)
        for item in queryset:
            take(item)


def _steps_of(item: ReviewItem | None) -> list[tuple[str, str]]:
    """The steps that are possible now, as (name, label)."""
    if item is None:
        return []
    if not item.is_waiting:
        names = ["reopen"]
    else:
        effect = "restore" if item.undone_at else "undo"
        names = ["release" if item.kind == "reward" else "approve", "reject", effect]
    return [(name, STEPS[name][0]) for name in names]


@admin.register(ReviewStep)
class ReviewStepAdmin(ReadOnlyAdmin):
    list_display = ["item", "step", "by", "at"]
    list_filter = ["step", "at"]
    list_select_related = ["item", "by"]
    search_fields = ["item__subject__username", "by__username"]


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "reason", "owner", "reporter", "is_upheld", "settled_at"]
    list_filter = ["kind", "reason", ("settled_at", admin.EmptyFieldListFilter), "is_upheld", "at"]
    list_select_related = ["owner", "reporter"]
    search_fields = ["owner__username", "reporter__username"]


@admin.register(BlocklistEntry)
class BlocklistEntryAdmin(admin.ModelAdmin[BlocklistEntry]):
    list_display = ["device", "reason", "created_at", "expires_at", "lifted_at"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["=device", "reason"]


@admin.register(DeviceFlag)
class DeviceFlagAdmin(admin.ModelAdmin[DeviceFlag]):
    list_display = ["device", "level", "reason", "flagged_at"]
    list_filter = ["level", "flagged_at"]
    search_fields = ["=device", "reason"]


@admin.register(MailboxKey)
class MailboxKeyAdmin(ReadOnlyAdmin):
    list_display = ["user", "key", "proved_at"]
    list_filter = ["user__role", "proved_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "=key"]


@admin.register(ReferralEdge)
class ReferralEdgeAdmin(ReadOnlyAdmin):
    list_display = ["referee", "referrer", "depth", "at"]
    list_filter = ["depth", "at"]
    list_select_related = ["referee", "referrer"]
    search_fields = ["referee__username", "referrer__username"]
