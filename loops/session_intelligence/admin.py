from django.contrib import admin

from loops.session_intelligence.models import SessionAction, SessionPipeline, SessionReminder
from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin


@admin.register(SessionPipeline)
class SessionPipelineAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    """Staff see how far a session came and try it again; what was said is not shown."""

    list_display = ["session", "stage", "received_at", "delivered_at"]
    list_filter = ["stage", "received_at"]
    list_select_related = ["session"]
    search_fields = ["=session__id"]


@admin.register(SessionAction)
class SessionActionAdmin(ReadOnlyAdmin):
    list_display = ["session", "kind", "owner", "status", "reason", "created_at", "recalled_at"]
    list_filter = ["kind", "status", "created_at"]
    list_select_related = ["session", "owner"]
    search_fields = ["=session__id", "owner__username", "=link__code"]


@admin.register(SessionReminder)
class SessionReminderAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["action", "due_at", "sent_at"]
    list_filter = ["due_at"]
    list_select_related = ["action"]
    search_fields = ["=action__session__id"]
