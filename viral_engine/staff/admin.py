from typing import Any

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest

from viral_engine.accounts.models import User
from viral_engine.kernel.admin import ReadOnlyAdmin
from viral_engine.kernel.admin_lists import LogAdmin
from viral_engine.staff.models import AuditEntry

for _model in (Group, EmailAddress, Authenticator):
    admin.site.unregister(_model)


@admin.register(AuditEntry)
class AuditEntryAdmin(LogAdmin, ReadOnlyAdmin):
    list_display = ["at", "actor_id", "person_id", "what", "reason"]
    list_filter = ["at"]
    search_fields = ["=actor_id", "=person_id", "what", "=row_hash"]
    exact = ("row_hash",)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Changes that staff made, in forms and by actions."""

    list_display = ["action_time", "user", "content_type", "object_repr", "action_flag", "change_message"]
    list_filter = ["action_flag", "content_type", "action_time"]
    list_select_related = ["user", "content_type"]
    search_fields = ["user__username", "object_repr", "change_message"]


@admin.register(Group)
class StaffGroupAdmin(GroupAdmin):
    """Only superusers decide what a group may do."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, _: Group | None = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, _: Group | None = None) -> bool:
        return _is_superuser(request)


@admin.register(EmailAddress)
class MailboxAdmin(EmailAddressAdmin):
    """A mailbox opens an account by a code, so those of staff are changed by superusers alone."""

    search_fields = ["=email", "=user__username"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: EmailAddress | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and _may_touch_owner(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: EmailAddress | None = None) -> bool:
        return bool(super().has_delete_permission(request, obj)) and _may_touch_owner(request, obj)

    def get_readonly_fields(self, _: HttpRequest, obj: EmailAddress | None = None) -> list[str]:
        """A mailbox stays with its account, or support could hand itself the log-in of another one."""
        return [] if obj is None else ["user"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Actions do not ask for each row: only superusers mark and delete many mailboxes at once."""
        return dict(super().get_actions(request)) if _is_superuser(request) else {}


@admin.register(Authenticator)
class SecondFactorAdmin(ReadOnlyAdmin):
    """Second factors without their secrets. Superusers delete one for a person who lost phone and recovery codes."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at"]
    list_select_related = ["user"]
    search_fields = ["=user__username"]
    exclude = ["data"]

    def has_delete_permission(self, request: HttpRequest, _: Model | None = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _may_touch_owner(request: HttpRequest, mailbox: EmailAddress | None) -> bool:
    return _is_superuser(request) or mailbox is None or not (mailbox.user.is_staff or mailbox.user.is_superuser)
