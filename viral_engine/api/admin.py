"""Programs and their keys: made, rotated and revoked here. A key is shown once, on the page that answers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from viral_engine.accounts.identity import require_user
from viral_engine.api.models import ApiKey, ApiProgram, ExternalCohort, ExternalPerson, IdempotentRequest
from viral_engine.api.rules import SCOPES
from viral_engine.api.services import keys
from viral_engine.api.services.keys import NewKey
from viral_engine.kernel.admin import ReadOnlyAdmin
from viral_engine.kernel.clock import now


@admin.register(ApiProgram)
class ApiProgramAdmin(admin.ModelAdmin[ApiProgram]):
    fields = ["name", "is_active"]
    list_display = ["name", "is_active", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name"]

    def save_model(self, request: HttpRequest, obj: ApiProgram, form: Any, change: bool) -> None:  # noqa: FBT001  (Django's signature)
        if not change:
            obj.created_at = now()
        super().save_model(request, obj, form, change)


class ApiKeyForm(forms.ModelForm[ApiKey]):
    """A new key: its program, its rights, its limit and its end."""

    scopes = forms.MultipleChoiceField(
        choices=[(name, f"{name}: {title}") for name, title in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="Give the program what it needs, and no more.",
    )

    class Meta:
        model = ApiKey
        fields = ["program", "scopes", "requests_per_minute", "expires_at"]


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    """A key never changes: it is replaced by a new one, or revoked."""

    form = ApiKeyForm
    list_display = ["prefix", "program", "scopes", "last_used_at", "expires_at", "rotated_at", "revoked_at"]
    list_filter = ["program", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["program"]
    search_fields = ["prefix", "program__name"]
    actions = ["rotate", "revoke"]

    def has_change_permission(self, _: HttpRequest, __: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, _: ApiKey | None = None) -> bool:  # noqa: ARG002
        return False

    def has_end_permission(self, request: HttpRequest) -> bool:
        """The right to change, though the form is read-only."""
        return request.user.has_perm("api.change_apikey")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        at = now()
        made = keys.create_key(
            program=obj.program,
            scopes=obj.scopes,
            by=require_user(request),
            at=at,
            lasts=obj.expires_at - at if obj.expires_at is not None else None,
            requests_per_minute=obj.requests_per_minute,
        )
        obj.pk, obj.prefix, obj.token = made.row.pk, made.row.prefix, made.token

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:  # noqa: ARG002
        return self._show(request, NewKey(obj, obj.token))

    def _show(self, request: HttpRequest, made: NewKey) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": "Your new key", "made": made, "opts": self.opts}
        return TemplateResponse(request, "api/key_shown.html", context)

    @admin.action(description="Replace by a new key", permissions=["end"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        """Make one new key and show it; the old one works for another day."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one key: the new one is shown once.", messages.WARNING)
            return None
        try:
            made = keys.rotate_key(key=queryset.get(), by=require_user(request), at=now())
        except keys.KeyNotRotatable:
            self.message_user(request, "This key was replaced or revoked before.", messages.WARNING)
            return None
        return self._show(request, made)

    @admin.action(description="Revoke now", permissions=["end"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        ended = sum(keys.revoke_key(key=key, by=require_user(request), at=now()) for key in queryset)
        self.message_user(request, f"{ended} revoked. They open nothing any more.")


@admin.register(ExternalPerson)
class ExternalPersonAdmin(admin.ModelAdmin[ExternalPerson]):
    """Staff may let a program deal with a person who had an account before the program came."""

    list_display = ["external_id", "program", "user", "linked_at"]
    list_filter = ["program"]
    list_select_related = ["program", "user"]
    search_fields = ["=external_id", "user__username"]
    raw_id_fields = ["user"]


@admin.register(ExternalCohort)
class ExternalCohortAdmin(admin.ModelAdmin[ExternalCohort]):
    list_display = ["external_id", "program", "cohort", "linked_at"]
    list_filter = ["program"]
    list_select_related = ["program", "cohort"]
    search_fields = ["=external_id", "cohort__name"]


@admin.register(IdempotentRequest)
class IdempotentRequestAdmin(ReadOnlyAdmin):
    list_display = ["key", "program", "status", "created_at"]
    list_filter = ["program", "status"]
    list_select_related = ["program"]
    search_fields = ["=key"]
