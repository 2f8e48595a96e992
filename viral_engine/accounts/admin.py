from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied

from viral_engine.accounts.models import (
    Block,
    Cohort,
    CohortMembership,
    Consent,
    ConsentRequest,
    Friendship,
    Guardianship,
    Guest,
    User,
)
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.accounts.services.sessions import close_account
from viral_engine.kernel.admin import LeasedWorkAdmin, ReadOnlyAdmin
from viral_engine.kernel.clock import now


def _may_touch(by: User, person: User | None) -> bool:
    """Staff and superusers are changed by superusers alone: a new mailbox or password would open their account."""
    return by.is_superuser or person is None or not (person.is_staff or person.is_superuser)


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    list_display = ["username", "role", "grade", "email", "date_joined", "blocked_at"]
    list_filter = ["role", "grade", "is_staff", "is_simulated", ("blocked_at", admin.EmptyFieldListFilter)]
    search_fields = ["username", "email", "first_name", "last_name"]
    readonly_fields = ["person_id", "is_simulated", "last_login", "date_joined"]
    fieldsets = (
        (None, {"fields": ["username", "password", "role", "person_id", "is_simulated"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "birthdate", "grade", "avatar", "current_subject"]}),
        (
            "Preferences",
            {"fields": ["presence_visible", "feed_visible", "growth_prompts", "email_updates", "transcription"]},
        ),
        ("Access", {"fields": ["is_active", "blocked_at", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    )

    PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")

    def get_readonly_fields(self, request: Any, obj: User | None = None) -> Any:
        """Only superusers make staff and grant permissions."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else [*fixed, *self.PRIVILEGES]

    def has_change_permission(self, request: Any, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request.user, obj)

    def has_delete_permission(self, request: Any, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request.user, obj)

    # Deleting the row would break totals, ledgers and logs, so the delete button erases the personal data instead.
    def get_deleted_objects(self, objs: Any, request: Any) -> Any:
        lines = [f"{person}: name, e-mail, birthday and friends. Anonymous activity stays." for person in objs]
        refused = {"staff"} if any(not _may_touch(request.user, person) for person in objs) else set()
        return lines, {"people": len(lines)}, refused, []

    def delete_model(self, request: Any, obj: User) -> None:
        erase_account(user=obj, by=request.user, at=now())

    def delete_queryset(self, request: Any, queryset: Any) -> None:
        people = list(queryset)
        if any(not _may_touch(request.user, person) for person in people):
            raise PermissionDenied
        for person in people:
            erase_account(user=person, by=request.user, at=now())

    def save_model(self, request: Any, obj: User, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        if change and (obj.blocked_at is not None or not obj.is_active):
            close_account(user=obj, at=now())


class MembershipInline(admin.TabularInline[CohortMembership, Cohort]):
    model = CohortMembership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(Cohort)
class CohortAdmin(admin.ModelAdmin[Cohort]):
    list_display = ["name", "grade", "is_active", "size"]
    list_filter = ["grade", "is_active"]
    search_fields = ["name"]
    inlines = [MembershipInline]

    def get_queryset(self, _: Any) -> Any:
        return Cohort.objects.with_size()

    @admin.display(ordering="size")
    def size(self, cohort: Any) -> int:
        return int(cohort.size)


@admin.register(CohortMembership)
class CohortMembershipAdmin(admin.ModelAdmin[CohortMembership]):
    list_display = ["user", "cohort", "is_primary", "joined_at"]
    list_filter = ["is_primary", "cohort"]
    list_select_related = ["user", "cohort"]
    search_fields = ["user__username", "cohort__name"]
    autocomplete_fields = ["user", "cohort"]


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["child", "kind", "given_by", "method", "text_version", "given_at", "withdrawn_at"]
    list_filter = ["kind", "method", ("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["child", "given_by"]
    search_fields = ["child__username", "given_by__username"]


@admin.register(ConsentRequest)
class ConsentRequestAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["child", "parent_email", "created_at", "mailed_at", "answered_at", "expires_at"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter)]
    list_select_related = ["child"]
    search_fields = ["child__username", "parent_email"]


@admin.register(Guardianship)
class GuardianshipAdmin(admin.ModelAdmin[Guardianship]):
    list_display = ["parent", "child", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["parent", "child"]
    search_fields = ["parent__username", "child__username"]
    autocomplete_fields = ["parent", "child"]


@admin.register(Guest)
class GuestAdmin(ReadOnlyAdmin):
    list_display = ["id", "link_code", "created_at", "user"]
    list_filter = ["created_at", ("user", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["=id", "=link_code", "user__username"]


@admin.register(Friendship)
class FriendshipAdmin(ReadOnlyAdmin):
    list_display = ["low", "high", "status", "requested_by", "changed_at"]
    list_filter = ["status"]
    list_select_related = ["low", "high", "requested_by"]
    search_fields = ["low__username", "high__username"]


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ["blocker", "blocked", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["blocker", "blocked"]
    search_fields = ["blocker__username", "blocked__username"]
