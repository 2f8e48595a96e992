from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ChoiceField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from experiments.forms import ArmForm, ArmFormSet, MetricForm
from experiments.models import (
    Arm,
    Assignment,
    Change,
    CorrectedEvent,
    Experiment,
    Exposure,
    Holdout,
    Metric,
    Namespace,
    Outcome,
    PersonExposure,
    Phase,
)
from experiments.services.holdouts import apply_holdouts
from experiments.services.lifecycle import record_edit
from experiments.services.phase_cache import event_types
from viral_engine.accounts.identity import require_user
from viral_engine.kernel.admin import ReadOnlyAdmin
from viral_engine.kernel.clock import now

ALWAYS_FREE = {"title", "hypothesis"}  # text about the experiment; an open phase freezes all other fields


def is_frozen(experiment: Experiment | None) -> bool:
    return experiment is not None and experiment.phases.open().exists()


class FrozenInline(admin.TabularInline[Any, Experiment]):
    """Read-only while a phase is open, because a different split needs a new phase."""

    extra = 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not is_frozen(obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and not is_frozen(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_frozen(obj)


class ArmInline(FrozenInline):
    model = Arm
    form = ArmForm

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **kwargs | {"formset": ArmFormSet})


class MetricInline(FrozenInline):
    model = Metric
    form = MetricForm

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the event types that are counted."""
        if db_field.name == "event":
            return ChoiceField(label="event type", choices=[(name, name) for name in event_types()])
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Experiment)
class ExperimentAdmin(admin.ModelAdmin[Experiment]):
    list_display = ["title", "key", "unit", "state", "results"]
    list_filter = ["unit", "namespace"]
    search_fields = ["key", "title", "hypothesis"]
    inlines = [ArmInline, MetricInline]
    readonly_fields = ["results"]
    fieldsets = [
        (None, {"fields": ["title", "key", "hypothesis", "results"]}),
        ("Who takes part", {"fields": ["unit", "coverage_bp", "roles", "grades", "cohorts", "locales"]}),
        ("Separation from other experiments", {"fields": ["namespace", "namespace_from_bp", "namespace_until_bp"]}),
        ("Analysis", {"fields": ["window_h", "planned_units", "is_sequential"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Experiment]:
        return super().get_queryset(request).prefetch_related("phases")

    @admin.display(description="state")
    def state(self, experiment: Experiment) -> str:
        newest = max(experiment.phases.all(), key=lambda phase: phase.number, default=None)
        return newest.state if newest else "draft"

    @admin.display(description="results")
    def results(self, experiment: Experiment) -> SafeString | str:
        if not experiment.key:
            return "Save the experiment first."
        return format_html(
            '<a href="{}">Start, stop and read results</a>', reverse("experiments:results", args=[experiment.key])
        )

    def get_readonly_fields(self, _: HttpRequest, obj: Experiment | None = None) -> list[str]:
        if not is_frozen(obj):
            return ["results"]
        return ["results", *(field.name for field in Experiment._meta.fields if field.name not in ALWAYS_FREE)]

    def has_delete_permission(self, request: HttpRequest, obj: Experiment | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.phases.exists())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A draft takes its arms, metrics and log along, which nobody may delete alone."""
        listed, counts, needed, protected = super().get_deleted_objects(objs, request)
        parts = {model._meta.verbose_name for model in (Arm, Metric, Change)}
        return listed, counts, needed - parts, protected

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Add the edits to the decision log, including those of arms and metrics."""
        super().save_related(request, form, formsets, change)
        facts = {
            name: [_shown(form.initial.get(name)), _shown(form.cleaned_data.get(name))] for name in form.changed_data
        }
        for formset in formsets:
            for row in (one for one in formset.forms if one.has_changed()):
                named = f"{formset.model._meta.verbose_name} {row.instance}"
                facts |= {
                    f"{named}: {name}": [_shown(row.initial.get(name)), _shown(row.cleaned_data.get(name))]
                    for name in row.changed_data
                }
        record_edit(experiment=form.instance, by=require_user(request), at=now(), facts=facts)


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)


@admin.register(Arm)
class ArmAdmin(ReadOnlyAdmin):
    """Read-only here; edit it on its experiment's page."""

    list_display = ["experiment", "key", "title", "weight_bp", "is_control"]
    list_filter = ["is_control"]
    list_select_related = ["experiment"]
    search_fields = ["key", "title", "experiment__key"]


@admin.register(Metric)
class MetricAdmin(ReadOnlyAdmin):
    """Read-only here; edit it on its experiment's page."""

    list_display = ["experiment", "role", "kind", "title", "event"]
    list_filter = ["role", "kind", "event"]
    list_select_related = ["experiment"]
    search_fields = ["title", "event", "experiment__key"]


@admin.register(Namespace)
class NamespaceAdmin(admin.ModelAdmin[Namespace]):
    """Read-only while an experiment in it runs, because another seed or hash moves everyone."""

    list_display = ["name", "hash_version"]
    list_filter = ["hash_version", "experiments"]
    search_fields = ["name"]

    def has_change_permission(self, request: HttpRequest, obj: Namespace | None = None) -> bool:
        is_used = obj is not None and Phase.objects.all().open().filter(experiment__namespace=obj).exists()
        return super().has_change_permission(request, obj) and not is_used


@admin.register(Holdout)
class HoldoutAdmin(admin.ModelAdmin[Holdout]):
    """Every change says in the decision logs of running experiments whom it took out."""

    list_display = ["name", "share_bp", "is_on"]
    list_filter = ["is_on"]
    search_fields = ["name"]

    def save_model(self, request: HttpRequest, obj: Holdout, form: Any, change: bool) -> None:  # noqa: FBT001  (Django's)
        super().save_model(request, obj, form, change)
        self._apply(request)

    def delete_model(self, request: HttpRequest, obj: Holdout) -> None:
        super().delete_model(request, obj)
        self._apply(request)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        self._apply(request)

    def _apply(self, request: HttpRequest) -> None:
        changed = apply_holdouts(by=require_user(request), at=now())
        if changed:
            self.message_user(
                request, f"Applied to {changed} running experiments. Their decision logs say whom it moved."
            )


@admin.register(Phase)
class PhaseAdmin(ReadOnlyAdmin):
    list_display = ["experiment", "number", "started_at", "paused_at", "ended_at", "winner"]
    list_filter = ["experiment", ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["experiment"]
    search_fields = ["experiment__key", "experiment__title"]


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ["phase", "unit", "arm", "assigned_at"]
    list_filter = ["phase__experiment", "arm"]
    list_select_related = ["phase"]
    search_fields = ["=unit"]


@admin.register(Exposure)
class ExposureAdmin(ReadOnlyAdmin):
    list_display = ["phase", "unit", "arm", "at", "is_crossed", "held_out_at"]
    list_filter = ["phase__experiment", "arm", "is_crossed", ("held_out_at", admin.EmptyFieldListFilter)]
    list_select_related = ["phase"]
    search_fields = ["=unit"]


@admin.register(PersonExposure)
class PersonExposureAdmin(ReadOnlyAdmin):
    list_display = ["exposure", "person", "at"]
    list_filter = ["exposure__phase__experiment"]
    list_select_related = ["exposure"]
    search_fields = ["=person", "=exposure__unit"]


@admin.register(Outcome)
class OutcomeAdmin(ReadOnlyAdmin):
    list_display = ["metric", "arm", "count", "total", "before", "first_on"]
    list_filter = ["metric", "arm"]
    list_select_related = ["metric"]
    search_fields = ["=exposure__unit"]


@admin.register(CorrectedEvent)
class CorrectedEventAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "noticed_at"]
    list_filter = ["noticed_at"]
    search_fields = ["=event_id"]


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ["experiment", "kind", "by", "note", "at"]
    list_filter = ["kind", "experiment"]
    list_select_related = ["experiment", "by"]
    search_fields = ["note", "experiment__key"]
