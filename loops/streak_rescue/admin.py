from django.contrib import admin

from loops.core.deck_admin import DeckLinkAdmin
from loops.streak_rescue.models import Rescue, RescueEntry
from viral_engine.kernel.admin import ReadOnlyAdmin


@admin.register(Rescue)
class RescueAdmin(DeckLinkAdmin):
    list_display = ["id", "link", "deck", "streak_days"]


@admin.register(RescueEntry)
class RescueEntryAdmin(ReadOnlyAdmin):
    list_display = ["rescue", "attempt", "accepted_at", "outcome", "settled_at"]
    list_filter = ["outcome", "settled_at"]
    list_select_related = ["rescue", "attempt"]
    search_fields = ["=attempt__id", "=rescue__link__code"]
