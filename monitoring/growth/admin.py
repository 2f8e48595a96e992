from typing import Any

from django.contrib import admin

from monitoring.models import (
    ExcludedEvent,
    ExcludedPerson,
    GrowthActiveDay,
    GrowthCount,
    GrowthMember,
    GrowthReferee,
    GrowthReferrer,
    GrowthReport,
    GrowthReportEmail,
    GrowthReportSubscriber,
    IdGap,
    LifetimeValue,
    SetAsideRow,
    StreamCursor,
)
from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin


@admin.register(GrowthCount)
class GrowthCountAdmin(ReadOnlyAdmin):
    list_display = ["measure", "on", "loop", "persona", "part", "amount"]
    list_filter = ["measure", "loop", "persona"]
    search_fields = ["=measure", "=part"]
    show_full_result_count = False


@admin.register(GrowthMember)
class GrowthMemberAdmin(ReadOnlyAdmin):
    list_display = ["user_id", "persona", "joined_at", "referrer_id", "loop", "generation", "last_active_on"]
    list_filter = ["persona", "loop", "generation", "back_1", "back_7", "back_28"]
    search_fields = ["=user_id", "=referrer_id"]
    show_full_result_count = False


@admin.register(GrowthActiveDay)
class GrowthActiveDayAdmin(ReadOnlyAdmin):
    list_display = ["user_id", "on"]
    list_filter = ["on"]
    search_fields = ["=user_id"]
    show_full_result_count = False


@admin.register(GrowthReferrer)
class GrowthReferrerAdmin(ReadOnlyAdmin):
    list_display = ["user_id", "loop", "persona", "generation", "exposed_at", "invites", "sign_ups", "joined_after"]
    list_filter = ["loop", "persona", "generation"]
    search_fields = ["=user_id"]
    show_full_result_count = False


@admin.register(GrowthReferee)
class GrowthRefereeAdmin(ReadOnlyAdmin):
    list_display = ["person_id", "referrer_id", "loop", "persona", "channel", "reached_at", "waited_s"]
    list_filter = ["loop", "persona", "channel"]
    search_fields = ["=person_id", "=referrer_id"]
    show_full_result_count = False


@admin.register(StreamCursor)
class StreamCursorAdmin(ReadOnlyAdmin):
    list_display = ["stream", "position", "version", "moved_at"]
    list_filter = ["stream"]
    search_fields = ["=stream"]


@admin.register(IdGap)
class IdGapAdmin(ReadOnlyAdmin):
    list_display = ["stream", "first_id", "last_id", "noticed_at"]
    list_filter = ["stream"]
    search_fields = ["=first_id", "=last_id"]


@admin.register(ExcludedEvent)
class ExcludedEventAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "noticed_at"]
    list_filter = ["noticed_at"]
    search_fields = ["=event_id"]


@admin.register(ExcludedPerson)
class ExcludedPersonAdmin(ReadOnlyAdmin):
    list_display = ["user_id", "noticed_at"]
    list_filter = ["noticed_at"]
    search_fields = ["=user_id"]


@admin.register(LifetimeValue)
class LifetimeValueAdmin(admin.ModelAdmin[Any]):
    """Admins set the value of a sign-up; dashboards show it next to their own results."""

    list_display = ["persona", "organic_cents", "referred_cents", "source"]
    list_filter = ["persona"]
    search_fields = ["persona", "source"]
    fields = ["persona", "organic_cents", "referred_cents", "source"]


@admin.register(SetAsideRow)
class SetAsideRowAdmin(ReadOnlyAdmin):
    """An event is counted again once its repaired row is marked as valid."""

    list_display = ["stream", "row_id", "error", "noticed_at"]
    list_filter = ["stream", "noticed_at"]
    search_fields = ["=row_id", "error"]


@admin.register(GrowthReport)
class GrowthReportAdmin(ReadOnlyAdmin):
    list_display = ["week", "starts_on", "made_at"]
    list_filter = ["starts_on"]
    search_fields = ["=week"]


@admin.register(GrowthReportEmail)
class GrowthReportEmailAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["report", "mailbox", "sent_at"]
    list_filter = ["attempts"]
    list_select_related = ["report"]
    search_fields = ["=mailbox"]


@admin.register(GrowthReportSubscriber)
class GrowthReportSubscriberAdmin(ReadOnlyAdmin):
    list_display = ["user", "since"]
    list_filter = ["since"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
