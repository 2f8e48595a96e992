from django.contrib import admin

from leaderboards.models import CountedResult, League, LeagueSeat, RankCheckpoint, RankDelta, Standing
from viral_engine.kernel.admin import ReadOnlyAdmin


@admin.register(Standing)
class StandingAdmin(ReadOnlyAdmin):
    list_display = ["user", "subject", "period", "band", "results", "xp", "is_shown", "reached_at", "audited_at"]
    list_filter = ["subject", "band", "is_shown", ("average_key", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "subject"]
    search_fields = ["user__username", "=period"]
    show_full_result_count = False


@admin.register(CountedResult)
class CountedResultAdmin(ReadOnlyAdmin):
    list_display = ["attempt", "counted_at"]
    list_filter = ["counted_at"]
    search_fields = ["=attempt__id", "attempt__user__username"]
    list_select_related = ["attempt"]
    show_full_result_count = False


@admin.register(RankCheckpoint)
class RankCheckpointAdmin(ReadOnlyAdmin):
    list_display = ["subject", "period", "metric", "band", "ahead"]
    list_filter = ["subject", "metric", "band"]
    list_select_related = ["subject"]
    search_fields = ["=period"]


@admin.register(RankDelta)
class RankDeltaAdmin(ReadOnlyAdmin):
    list_display = ["id", "subject", "period", "metric", "band"]
    list_filter = ["subject", "metric", "band"]
    list_select_related = ["subject"]
    search_fields = ["=period"]


@admin.register(League)
class LeagueAdmin(ReadOnlyAdmin):
    list_display = ["week", "band", "tier", "number", "seats_taken", "closed_at"]
    list_filter = ["band", "tier", ("closed_at", admin.EmptyFieldListFilter)]
    search_fields = ["=week", "seats__user__username"]


@admin.register(LeagueSeat)
class LeagueSeatAdmin(ReadOnlyAdmin):
    list_display = ["user", "league", "xp", "is_shown", "final_rank", "next_tier"]
    list_filter = ["league__tier", "league__band", "is_shown", ("final_rank", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "league"]
    search_fields = ["user__username", "=week"]
