"""Endpoints with their secrets, the log of deliveries, and the way to send one again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from viral_engine.accounts.identity import require_user
from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin
from viral_engine.kernel.clock import now
from viral_engine.kernel.leases import LeasedQuerySet
from viral_engine.staff.services.staff_log import log_change
from viral_engine.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from viral_engine.webhooks.published import published_types
from viral_engine.webhooks.services import endpoints


class WebhookEndpointForm(forms.ModelForm[WebhookEndpoint]):
    event_types = forms.MultipleChoiceField(
        choices=lambda: [(name, name) for name in published_types()], widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["title", "url", "event_types", "is_active"]


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(admin.ModelAdmin[WebhookEndpoint]):
    form = WebhookEndpointForm
    list_display = ["title", "url", "is_active", "failures", "retry_at", "disabled_at", "disabled_for"]
    list_filter = ["is_active", ("disabled_at", admin.EmptyFieldListFilter)]
    search_fields = ["title", "url"]
    actions = ["rotate", "enable"]

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:  # noqa: FBT001
        if not change:
            obj.secret = obj.secret_now = endpoints.new_secret()
            obj.created_at = now()
        super().save_model(request, obj, form, change)
        endpoints.subscribed_types.clear()

    def response_add(
        self,
        request: HttpRequest,
        obj: WebhookEndpoint,
        post_url_continue: str | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        return self._show(request, obj)

    def _show(self, request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": "The secret", "endpoint": endpoint}
        return TemplateResponse(request, "webhooks/secret_shown.html", context | {"opts": self.opts})

    @admin.action(description="Give it a new secret", permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        """Show a new secret once; the old one signs for another day."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one endpoint: its secret is shown once.", messages.WARNING)
            return None
        endpoint = queryset.get()
        endpoint.secret_now = endpoints.rotate_secret(endpoint=endpoint, at=now())
        log_change(by=require_user(request), rows=[endpoint], message="New secret.")
        return self._show(request, endpoint)

    @admin.action(description="Enable again", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        enabled = [one for one in queryset if endpoints.enable(endpoint=one, at=now())]
        log_change(by=require_user(request), rows=enabled, message="Enabled again.")
        self.message_user(request, f"{len(enabled)} enabled. Their waiting deliveries are sent within seconds.")


class AttemptInline(admin.TabularInline[WebhookAttempt, WebhookDelivery]):
    model = WebhookAttempt
    fields = readonly_fields = ("at", "status", "error", "took_ms")
    ordering = ["at", "pk"]
    can_delete = False
    extra = 0

    def has_add_permission(self, _: HttpRequest, __: object = None) -> bool:
        return False


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["type", "endpoint", "occurred_at", "delivered_at", "left_out"]
    list_filter = ["endpoint", "type", "created_at"]
    list_select_related = ["endpoint"]
    search_fields = ["=message_id", "=actor_id"]
    inlines = [AttemptInline]

    @admin.action(description="Send these again", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: LeasedQuerySet[Any]) -> None:
        chosen = list(queryset)
        sent = WebhookDelivery.objects.filter(pk__in=[one.pk for one in chosen]).replay(now())
        log_change(by=require_user(request), rows=chosen, message="Sent again.")
        self.message_user(request, f"{sent} will be sent again, under the same id.")


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    list_display = ["delivery", "at", "status", "error", "took_ms"]
    list_filter = ["status", "at"]
    list_select_related = ["delivery"]
    search_fields = ["=delivery__message_id", "error"]
