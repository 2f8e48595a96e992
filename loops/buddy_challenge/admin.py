from django.contrib import admin

from loops.buddy_challenge.models import Challenge, ChallengeEntry
from loops.core.deck_admin import DeckLinkAdmin
from viral_engine.kernel.admin import ReadOnlyAdmin


@admin.register(Challenge)
class ChallengeAdmin(DeckLinkAdmin):
    list_display = ["id", "link", "deck", "score_to_beat"]


@admin.register(ChallengeEntry)
class ChallengeEntryAdmin(ReadOnlyAdmin):
    list_display = ["challenge", "attempt", "accepted_at", "outcome", "settled_at"]
    list_filter = ["outcome", "accepted_at"]
    list_select_related = ["challenge", "attempt"]
    search_fields = ["=attempt__id", "=challenge__link__code"]
