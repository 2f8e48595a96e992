"""Notifications to read, and pushes that failed to requeue; keys of browsers are not shown."""

from django.contrib import admin

from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin
from viral_engine.notifications.models import MutedKind, PushMessage, PushSubscription, QuietHours, UserNotification


@admin.register(UserNotification)
class UserNotificationAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "count", "happened_at", "read_at"]
    list_filter = ["kind", ("read_at", admin.EmptyFieldListFilter)]
    search_fields = ["user__username"]
    list_select_related = ["user"]


@admin.register(MutedKind)
class MutedKindAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "channel"]
    list_filter = ["channel", "kind"]
    search_fields = ["user__username"]
    list_select_related = ["user"]


@admin.register(QuietHours)
class QuietHoursAdmin(ReadOnlyAdmin):
    list_display = ["user", "time_zone", "starts", "ends"]
    list_filter = ["time_zone"]
    search_fields = ["user__username"]
    list_select_related = ["user"]


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ["user", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["user__username"]
    list_select_related = ["user"]
    exclude = ["endpoint", "endpoint_hash", "p256dh", "auth"]


@admin.register(PushMessage)
class PushMessageAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["notification", "send_after", "sent_at", "left_out"]
    list_filter = ["left_out"]
    search_fields = ["subscription__user__username"]
    list_select_related = ["notification"]
