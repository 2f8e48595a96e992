from viral_engine.kernel.admin import ReadOnlyAdmin


class DeckLinkAdmin(ReadOnlyAdmin):
    """Rows that a link stands for, with a deck to play."""

    list_filter = ["deck__skill"]
    list_select_related = ["link", "deck__skill"]
    search_fields = ["=link__code", "link__referrer__username"]
