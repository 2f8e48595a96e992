from django.contrib import admin

from loops.results_rally.models import Rally, RallyEntry
from viral_engine.kernel.admin import ReadOnlyAdmin


@admin.register(Rally)
class RallyAdmin(ReadOnlyAdmin):
    list_display = ["id", "link", "subject", "cohort", "kind", "score", "created_at"]
    list_filter = ["subject", "kind", "created_at"]
    list_select_related = ["link", "subject", "cohort"]
    search_fields = ["=link__code", "link__referrer__username"]


@admin.register(RallyEntry)
class RallyEntryAdmin(ReadOnlyAdmin):
    list_display = ["rally", "attempt", "joined_at"]
    list_filter = ["rally__subject", "joined_at"]
    list_select_related = ["rally", "attempt"]
    search_fields = ["=attempt__id", "=rally__link__code"]
