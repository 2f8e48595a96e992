from django.contrib import admin

from loops.models import Challenge, ChallengeEntry, Link, Loop, Prompt, Referral, RewardDay, RewardEntry, Touch
from viral_engine.kernel.admin import ReadOnlyAdmin


@admin.register(Loop)
class LoopAdmin(admin.ModelAdmin[Loop]):
    list_display = ["title", "name", "is_on", "expected_k", "cooldown_s", "min_score"]
    list_filter = ["is_on"]
    search_fields = ["name", "title"]

    def has_add_permission(self, _: object) -> bool:
        return False  # a loop is code; its row comes with the migration that brings it


@admin.register(Link)
class LinkAdmin(admin.ModelAdmin[Link]):
    list_display = ["code", "loop", "inviter", "created_at", "expires_at", "deactivated_at"]
    list_filter = ["loop", ("deactivated_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["loop", "inviter"]
    search_fields = ["=code", "inviter__username"]
    readonly_fields = ["code", "loop", "inviter", "created_at", "expires_at"]

    def has_add_permission(self, _: object) -> bool:
        return False


@admin.register(Touch)
class TouchAdmin(ReadOnlyAdmin):
    list_display = ["link", "visitor", "channel", "campaign", "clicked_at"]
    list_filter = ["channel", "link__loop", "clicked_at"]
    list_select_related = ["link"]
    search_fields = ["=visitor", "=link__code"]


@admin.register(Prompt)
class PromptAdmin(ReadOnlyAdmin):
    list_display = ["user", "loop", "offered_at", "shown_at", "dismissed_at", "shared_at"]
    list_filter = ["loop", ("shown_at", admin.EmptyFieldListFilter), ("shared_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "loop"]
    search_fields = ["user__username", "=link__code"]


@admin.register(Challenge)
class ChallengeAdmin(ReadOnlyAdmin):
    list_display = ["id", "link", "deck", "score_to_beat"]
    list_filter = ["deck__skill"]
    list_select_related = ["link", "deck__skill"]
    search_fields = ["=link__code", "link__inviter__username"]


@admin.register(ChallengeEntry)
class ChallengeEntryAdmin(ReadOnlyAdmin):
    list_display = ["challenge", "attempt", "accepted_at", "outcome", "settled_at"]
    list_filter = ["outcome", "accepted_at"]
    list_select_related = ["challenge", "attempt"]
    search_fields = ["=attempt__id", "=challenge__link__code"]


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    list_display = ["referee", "referrer", "link", "attributed_at"]
    list_filter = ["link__loop", "attributed_at"]
    list_select_related = ["referee", "referrer", "link"]
    search_fields = ["referee__username", "referrer__username", "=link__code"]


@admin.register(RewardEntry)
class RewardEntryAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "amount", "reason", "cost_cents", "at", "expires_at"]
    list_filter = ["kind", "reason", "at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "=key"]


@admin.register(RewardDay)
class RewardDayAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "on", "granted"]
    list_filter = ["kind", "on"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
