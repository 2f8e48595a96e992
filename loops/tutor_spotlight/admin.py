from django.contrib import admin

from loops.tutor_spotlight.models import BookingRequest, Spotlight
from viral_engine.kernel.admin import ReadOnlyAdmin


@admin.register(Spotlight)
class SpotlightAdmin(ReadOnlyAdmin):
    list_display = ["id", "link", "tutor", "subject", "discount_percent"]
    list_filter = ["subject"]
    list_select_related = ["link", "tutor", "subject"]
    search_fields = ["=link__code", "tutor__username"]


@admin.register(BookingRequest)
class BookingRequestAdmin(ReadOnlyAdmin):
    list_display = ["id", "tutor", "user", "subject", "status", "requested_at", "closed_at"]
    list_filter = ["status", "subject", "requested_at"]
    list_select_related = ["tutor", "user", "subject"]
    search_fields = ["tutor__username", "user__username", "=spotlight__link__code"]
