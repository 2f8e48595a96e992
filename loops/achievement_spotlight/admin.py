from django.contrib import admin

from loops.achievement_spotlight.models import ShownBadge
from loops.core.deck_admin import DeckLinkAdmin


@admin.register(ShownBadge)
class ShownBadgeAdmin(DeckLinkAdmin):
    list_display = ["id", "link", "deck", "achievement"]
    list_select_related = ["link", "deck__skill", "achievement__skill"]
