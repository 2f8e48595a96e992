from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from loops.session_intelligence.models import SessionAction, SessionPipeline, SessionReminder
from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin


class OfSessionAdmin(ReadOnlyAdmin):
    """Rows of a session, by its number: what was said in it is neither read nor decrypted."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        related = super().get_queryset(request).select_related("session")
        return related.defer("session__transcript", "session__summary")


@admin.register(SessionPipeline)
class SessionPipelineAdmin(LeasedWorkAdmin, OfSessionAdmin):
    """Staff see how far a session came and try it again; what was said is not shown."""

    list_display = ["session", "stage", "received_at", "delivered_at"]
    list_filter = ["stage", "received_at"]
    search_fields = ["=session__id"]


@admin.register(SessionAction)
class SessionActionAdmin(OfSessionAdmin):
    list_display = ["session", "kind", "owner", "status", "reason", "created_at", "recalled_at"]
    list_filter = ["kind", "status", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["=session__id", "owner__username", "=link__code"]


@admin.register(SessionReminder)
class SessionReminderAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["action", "due_at", "sent_at"]
    list_filter = ["due_at"]
    list_select_related = ["action"]
    search_fields = ["=action__session__id"]
