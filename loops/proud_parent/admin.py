from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from loops.proud_parent.models import Recap, RecapReel, RecapShare
from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin


@admin.register(Recap)
class RecapAdmin(ReadOnlyAdmin):
    list_display = ["year", "week", "parent", "child", "rounds", "minutes", "made_at"]
    list_filter = ["year", "week"]
    list_select_related = ["parent", "child"]
    search_fields = ["parent__username", "child__username"]


@admin.register(RecapShare)
class RecapShareAdmin(ReadOnlyAdmin):
    list_display = ["link", "recap", "deck"]
    list_filter = ["deck__skill"]
    list_select_related = ["link", "recap", "deck__skill"]
    search_fields = ["=link__code", "recap__parent__username"]


@admin.register(RecapReel)
class RecapReelAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["share", "made_at"]
    list_filter = ["attempts"]
    list_select_related = ["share"]
    search_fields = ["=share__link__code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecapReel]:
        return super().get_queryset(request).defer("webp")  # a list of a hundred would read 100 MB
