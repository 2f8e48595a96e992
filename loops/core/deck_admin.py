from viral_engine.kernel.admin import ReadOnlyAdmin


class DeckLinkAdmin(ReadOnlyAdmin):
    """Admin of a link's rows that hold a deck."""

    list_filter = ["deck__skill"]
    list_select_related = ["link", "deck__skill"]
    search_fields = ["=link__code", "link__referrer__username"]
