from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from loops.core.rewards.holds import hold_reward, release_reward, revoke_reward
from loops.installed import parts
from loops.models import (
    ActionPoints,
    AttributionWindow,
    Credit,
    DailyAiSpend,
    DailyReferrerTotal,
    DailyRewardTotal,
    DailySpend,
    GeneratedCopy,
    GrowthEmail,
    Link,
    Loop,
    Payout,
    Prompt,
    Purchase,
    QuestionHelp,
    Referral,
    RewardEntry,
    RewardTerms,
    ShopItem,
    SpendLimit,
    Suppression,
    Touch,
)
from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin
from viral_engine.kernel.clock import now


class SettingsAdmin(admin.ModelAdmin[Any]):
    """Settings of the reward economy; the history of each row records every change with old and new value."""

    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: Any = False) -> Any:  # noqa: FBT002
        if add:
            return super().construct_change_message(request, form, formsets, add)
        changes = [
            f"{form[name].label}: {form.initial.get(name)} → {form.cleaned_data[name]}" for name in form.changed_data
        ]
        return "; ".join(changes) or "Nothing changed"


@admin.register(Loop)
class LoopAdmin(admin.ModelAdmin[Loop]):
    list_display = [
        "title",
        "name",
        "is_on",
        "expected_k",
        "learned_k_by_role",
        "cooldown_s",
        "min_score",
        "fewest_people",
    ]
    list_filter = ["is_on"]
    search_fields = ["name", "title"]
    readonly_fields = ["name", "learned_k_by_role"]

    @admin.display(description="learned K")
    def learned_k_by_role(self, loop: Loop) -> str:
        """Return K per role, with the number of people behind each estimate."""
        rows = (f"{role} {one['k']:.3f} ({one['joined']} of {one['exposed']})" for role, one in loop.learned.items())
        return ", ".join(sorted(rows)) or "no estimate yet"

    def has_add_permission(self, _: object) -> bool:
        return False  # a loop is code; a migration adds its row

    def has_delete_permission(self, _: object, loop: Loop | None = None) -> bool:  # noqa: ARG002
        return False  # it is switched off


@admin.register(Link)
class LinkAdmin(admin.ModelAdmin[Link]):
    list_display = ["code", "loop", "referrer", "created_at", "expires_at", "deactivated_at", "deactivation_reason"]
    list_filter = ["loop", ("deactivated_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["loop", "referrer"]
    search_fields = ["=code", "referrer__username"]
    readonly_fields = ["code", "loop", "referrer", "about", "created_at", "expires_at"]

    def has_add_permission(self, _: object) -> bool:
        return False


@admin.register(Touch)
class TouchAdmin(ReadOnlyAdmin):
    list_display = ["link", "visitor", "channel", "campaign", "clicked_at"]
    list_filter = ["channel", "link__loop", "clicked_at"]
    list_select_related = ["link"]
    search_fields = ["=visitor", "=link__code"]


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ["at", "key", "referrer", "referee", "status", "reason", "link"]
    list_filter = ["status", "link__loop", "at"]
    list_select_related = ["referrer", "referee", "link"]
    search_fields = ["referrer__username", "referee__username", "=key", "=link__code"]


@admin.register(DailyReferrerTotal)
class DailyReferrerTotalAdmin(ReadOnlyAdmin):
    list_display = ["referrer", "on", "referees"]
    list_filter = ["on"]
    list_select_related = ["referrer"]
    search_fields = ["referrer__username"]


@admin.register(Prompt)
class PromptAdmin(ReadOnlyAdmin):
    list_display = ["user", "loop", "offered_at", "shown_at", "dismissed_at", "shared_at"]
    list_filter = ["loop", ("shown_at", admin.EmptyFieldListFilter), ("shared_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "loop"]
    search_fields = ["user__username", "=link__code"]


@admin.register(GrowthEmail)
class GrowthEmailAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["kind", "recipient", "created_at", "sent_at", "dropped_for"]
    list_filter = ["kind", "dropped_for", "created_at"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__username", "=key"]


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ["mailbox", "source", "at"]
    list_filter = ["source", "at"]
    search_fields = ["=mailbox"]


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    list_display = ["referee", "referrer", "link", "generation", "attributed_at"]
    list_filter = ["link__loop", "generation", "attributed_at"]
    list_select_related = ["referee", "referrer", "link"]
    search_fields = ["referee__username", "referrer__username", "=link__code"]


@admin.register(Credit)
class CreditAdmin(ReadOnlyAdmin):
    list_display = ["referral", "touch", "model", "basis_points"]
    list_filter = ["model", "touch__link__loop", "touch__channel"]
    list_select_related = ["referral", "touch"]
    search_fields = ["referral__referee__username", "=touch__link__code"]


@admin.register(RewardEntry)
class RewardEntryAdmin(ReadOnlyAdmin):
    """Read-only entries; staff with the change permission hold, release and revoke grants by actions."""

    list_display = ["user", "kind", "cause", "amount", "left", "reason", "loop", "cost_cents", "at", "held_at"]
    list_filter = ["kind", "cause", ("held_at", admin.EmptyFieldListFilter), "loop", "at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "=key"]
    actions = ["hold", "release", "take_back"]

    def has_judge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("loops.change_rewardentry")

    @admin.action(description="Hold for a review", permissions=["judge"])
    def hold(self, request: HttpRequest, chosen: QuerySet[RewardEntry]) -> None:
        done = sum(hold_reward(key=key, why="Held by staff", at=now()) for key in _grants(chosen))
        messages.success(request, f"{done} held.")

    @admin.action(description="Release", permissions=["judge"])
    def release(self, request: HttpRequest, chosen: QuerySet[RewardEntry]) -> None:
        done = sum(release_reward(key=key, at=now()) for key in _grants(chosen))
        messages.success(request, f"{done} released.")

    @admin.action(description="Take back", permissions=["judge"])
    def take_back(self, request: HttpRequest, chosen: QuerySet[RewardEntry]) -> None:
        lines = [revoke_reward(key=key, reason="Taken back after a review", at=now()) for key in _grants(chosen)]
        messages.success(request, f"{sum(line is not None for line in lines)} taken back.")


def _grants(chosen: QuerySet[RewardEntry]) -> list[str]:
    return list(chosen.filter(cause=RewardEntry.Cause.GRANT).values_list("key", flat=True))


@admin.register(DailyRewardTotal)
class DailyRewardTotalAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "on", "granted"]
    list_filter = ["kind", "on"]
    list_select_related = ["user"]
    search_fields = ["user__username"]


@admin.register(DailySpend)
class DailySpendAdmin(ReadOnlyAdmin):
    list_display = ["on", "scope", "spent_cents"]
    list_filter = ["scope", "on"]
    search_fields = ["=scope"]


@admin.register(RewardTerms)
class RewardTermsAdmin(SettingsAdmin):
    list_display = ["kind", "daily_cap", "lasts_days", "cost_cents"]
    list_filter = [("lasts_days", admin.EmptyFieldListFilter)]
    search_fields = ["kind"]


@admin.register(ActionPoints)
class ActionPointsAdmin(SettingsAdmin):
    list_display = ["action", "points", "reason", "is_on"]
    list_filter = ["is_on"]
    search_fields = ["action", "reason"]


@admin.register(SpendLimit)
class SpendLimitAdmin(SettingsAdmin):
    list_display = ["scope", "cents_a_day"]
    list_filter = ["scope"]
    search_fields = ["scope"]


@admin.register(AttributionWindow)
class AttributionWindowAdmin(SettingsAdmin):
    list_display = ["loop", "days"]
    list_filter = ["days"]
    list_select_related = ["loop"]
    search_fields = ["=loop__name"]


@admin.register(ShopItem)
class ShopItemAdmin(SettingsAdmin):
    list_display = ["title", "slug", "kind", "amount", "theme", "price", "is_on"]
    list_filter = ["is_on", "kind"]
    search_fields = ["title", "=slug"]


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    list_display = ["user", "item", "price", "bought_at"]
    list_filter = ["item", "bought_at"]
    list_select_related = ["user", "item"]
    search_fields = ["user__username", "=key"]


@admin.register(QuestionHelp)
class QuestionHelpAdmin(ReadOnlyAdmin):
    list_display = ["user", "answer", "given_at"]
    list_filter = ["given_at"]
    list_select_related = ["user", "answer"]
    raw_id_fields = ["answer"]
    search_fields = ["user__username", "=answer__attempt__id"]


@admin.register(GeneratedCopy)
class GeneratedCopyAdmin(LeasedWorkAdmin):
    """Copy written by the AI provider. Staff may edit a text or switch it off; the history records who did."""

    list_display = ["loop", "persona", "language", "subject", "engagement", "is_on", "written_at", "refused_for"]
    list_filter = ["loop", "language", "is_on"]
    search_fields = ["loop", "subject", "refused_for"]
    readonly_fields = ["loop", "persona", "language", "subject", "engagement", "wanted_at", "written_at", "refused_for"]
    exclude = ["leased_until", "attempts", "dead_lettered_at", "last_error"]

    def has_add_permission(self, _: object) -> bool:
        return False


@admin.register(DailyAiSpend)
class DailyAiSpendAdmin(ReadOnlyAdmin):
    list_display = ["on", "spent_microdollars", "calls"]
    list_filter = ["on"]
    search_fields = ["=on"]


parts("admin")  # each loop registers its own tables
