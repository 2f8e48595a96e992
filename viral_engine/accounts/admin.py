from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from viral_engine.accounts import cohort_admin  # noqa: F401  (registers its pages)
from viral_engine.accounts.models import (
    BirthdateCorrection,
    Block,
    Consent,
    ConsentFollowUp,
    ConsentRequest,
    Disclosure,
    Erasure,
    Friendship,
    Guardianship,
    Guest,
    HiddenRow,
    InactivityNotice,
    ParentVerification,
    RightsChange,
    School,
    SchoolRequest,
    User,
)
from viral_engine.accounts.services import schools, verification
from viral_engine.accounts.services.consent import ConsentRefused
from viral_engine.accounts.services.corrections import decide_correction
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.accounts.services.sessions import block_account, close_account, reopen_account, unblock_account
from viral_engine.accounts.views.exports import as_download
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
    readonly_fields = ["person_id", "is_simulated", "last_login", "date_joined", "records"]
    fieldsets = (
        (None, {"fields": ["username", "password", "role", "person_id", "is_simulated"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "birthdate", "grade", "avatar", "current_subject"]}),
        (
            "Preferences",
            {"fields": ["presence_visible", "feed_visible", "growth_prompts", "email_updates", "transcription"]},
        ),
        ("Access", {"fields": ["is_active", "blocked_at", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
        ("Records", {"fields": ["records"]}),
    )
    # Title, admin page, and the lookup that names the person there.
    RECORDS = (
        ("Cohorts", "accounts_cohortmembership", "user__id__exact"),
        ("Attempts", "learning_attempt", "user__id__exact"),
        ("Progress", "learning_progress", "user__id__exact"),
        ("Offers", "loops_prompt", "user__id__exact"),
        ("Links", "loops_link", "referrer__id__exact"),
        ("Referrals made", "loops_referral", "referrer__id__exact"),
        ("Rewards", "loops_rewardentry", "user__id__exact"),
        ("Decisions", "kernel_decision", "actor_id"),
        ("Events", "kernel_loggedevent", "actor_id"),
    )

    @admin.display(description="everything about this person")
    def records(self, person: User) -> str:
        """Links to the lists of this person's rows; no query."""
        if person._state.adding:
            return "-"
        rows = [(reverse(f"admin:{page}_changelist"), key, person.pk, title) for title, page, key in self.RECORDS]
        return format_html_join(" | ", '<a href="{}?{}={}">{}</a>', rows)

    actions = ["export_person"]

    @admin.action(description="Export everything about this person", permissions=["export"])
    def export_person(self, request: Any, queryset: Any) -> Any:
        """Download the export of one person; the admin log says who did it."""
        if queryset.count() != 1:
            self.message_user(request, "Choose one person.", level="error")
            return None
        person = queryset.get()
        self.log_change(request, person, "Exported all data.")
        schools.note_disclosure(pupil=person, by=request.user, kind="export", recipient="staff", at=now())
        return as_download(person, "json", now())

    def has_export_permission(self, request: Any) -> bool:
        return bool(request.user.has_perm("accounts.export_person"))

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
        """Save the form; a block is put on and taken back by the services, which announce it."""
        at, is_blocked = now(), obj.blocked_at is not None
        if change and "blocked_at" in form.changed_data:
            obj.blocked_at = form.initial["blocked_at"]
        super().save_model(request, obj, form, change)
        if not change:
            return
        (block_account if is_blocked else unblock_account)(user=obj, at=at)
        if "is_active" in form.changed_data:
            (reopen_account if obj.is_active else close_account)(user=obj, at=at)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["child", "kind", "given_by", "method", "evidence", "text_version", "given_at", "withdrawn_at"]
    list_filter = ["kind", "method", ("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["child", "given_by"]
    search_fields = ["child__username", "given_by__username"]


@admin.register(ConsentRequest)
class ConsentRequestAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["child", "parent_email", "created_at", "mailed_at", "answered_at", "expires_at"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter)]
    list_select_related = ["child"]
    search_fields = ["child__username", "parent_email"]


@admin.register(ConsentFollowUp)
class ConsentFollowUpAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["child", "parent", "due_at", "sent_at"]
    list_filter = ["due_at"]
    list_select_related = ["child", "parent"]
    search_fields = ["child__username", "parent__username"]


@admin.register(ParentVerification)
class ParentVerificationAdmin(ReadOnlyAdmin):
    """Signed forms: staff open the file, compare it with the account, and approve or reject."""

    list_display = ["child", "parent", "method", "status", "created_at", "decided_at", "decided_by", "file"]
    list_filter = ["status", "method", "created_at"]
    list_select_related = ["child", "parent", "decided_by"]
    search_fields = ["child__username", "parent__username"]
    actions = ["approve", "reject"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("form")  # megabytes each, and opened one by one

    def get_urls(self) -> Any:
        opened = self.admin_site.admin_view(self.open_form)
        return [path("<id:pk>/form/", opened, name="accounts_parentverification_form"), *super().get_urls()]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_parentverification")

    @admin.display(description="form")
    def file(self, one: Any) -> str:
        if not one.form_type:
            return "-"
        return format_html(
            '<a href="{}">Download</a>', reverse("admin:accounts_parentverification_form", args=[one.pk])
        )

    def open_form(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Download a form. It is never shown inside a page, and never kept by a cache."""
        found = ParentVerification.objects.filter(pk=pk, form__isnull=False).first()
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if found is None:
            raise Http404
        name = f"form-{found.pk}.{found.form_type.rpartition('/')[2]}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        return HttpResponse(bytes(found.form or b""), content_type=found.form_type, headers=headers)

    @admin.action(description="Approve: this is the parent's signature", permissions=["decide"])
    def approve(self, request: Any, queryset: Any) -> None:
        for one in queryset.filter(method=Consent.Method.SIGNED_FORM):
            try:
                is_new = verification.approve_form(verification=one, by=request.user, at=now())
            except ConsentRefused as refusal:
                self.message_user(request, f"{one}: {refusal}", level=messages.ERROR)
                continue
            if is_new:
                self.log_change(request, one, "Approved the signed form.")
            self.message_user(request, f"{one}: {'approved' if is_new else 'was decided before'}.")

    @admin.action(description="Reject, and delete the file", permissions=["decide"])
    def reject(self, request: Any, queryset: Any) -> None:
        done = [one for one in queryset if verification.reject_form(verification=one, by=request.user, at=now())]
        for one in done:
            self.log_change(request, one, "Rejected the signed form, and deleted the file.")
        self.message_user(request, f"{len(done)} rejected.")


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


@admin.register(HiddenRow)
class HiddenRowAdmin(ReadOnlyAdmin):
    list_display = ["model", "row_id", "person", "cause", "at"]
    list_filter = ["cause", "model"]
    list_select_related = ["person"]
    search_fields = ["person__username"]


@admin.register(RightsChange)
class RightsChangeAdmin(ReadOnlyAdmin):
    list_display = ["id", "user_id", "at"]
    list_filter = ["at"]
    search_fields = ["=user_id"]


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


@admin.register(Erasure)
class ErasureAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["user_id", "erased_at", "finished_at"]
    list_filter = ["erased_at"]
    search_fields = ["=user_id"]


@admin.register(BirthdateCorrection)
class BirthdateCorrectionAdmin(ReadOnlyAdmin):
    list_display = ["child", "birthdate", "asked_by", "asked_at", "decided_at", "is_accepted"]
    list_filter = [("decided_at", admin.EmptyFieldListFilter), "is_accepted"]
    list_select_related = ["child", "asked_by"]
    search_fields = ["child__username", "asked_by__username"]
    actions = ["accept", "refuse"]

    @admin.action(description="Change the birthdate", permissions=["decide"])
    def accept(self, request: Any, queryset: Any) -> None:
        self._decide(request, queryset, is_accepted=True)

    @admin.action(description="Refuse the request", permissions=["decide"])
    def refuse(self, request: Any, queryset: Any) -> None:
        self._decide(request, queryset, is_accepted=False)

    def _decide(self, request: Any, queryset: Any, *, is_accepted: bool) -> None:
        at, by = now(), request.user
        decided = [one for one in queryset if decide_correction(correction=one, is_accepted=is_accepted, by=by, at=at)]
        for one in decided:
            self.log_change(request, one, "Changed the birthdate." if is_accepted else "Refused the request.")
        self.message_user(request, f"{len(decided)} requests are decided.")

    def has_decide_permission(self, request: Any) -> bool:
        return bool(request.user.has_perm("accounts.change_birthdatecorrection"))


@admin.register(InactivityNotice)
class InactivityNoticeAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["child", "created_at", "mailed_at", "delete_after"]
    list_filter = ["created_at"]
    list_select_related = ["child"]
    search_fields = ["child__username"]


@admin.register(School)
class SchoolAdmin(admin.ModelAdmin[School]):
    list_display = ["name", "is_contract", "contact_email"]
    list_filter = ["is_contract"]
    search_fields = ["name"]


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    list_display = ["school", "pupil", "kind", "recipient", "by", "at"]
    list_filter = ["kind", "school"]
    list_select_related = ["school", "pupil", "by"]
    search_fields = ["school__name", "=pupil__id"]


@admin.register(SchoolRequest)
class SchoolRequestAdmin(LeasedWorkAdmin, ReadOnlyAdmin):
    list_display = ["school", "pupil", "kind", "asked_at", "due_at", "closed_at"]
    list_filter = ["kind", "school", ("closed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["school", "pupil"]
    search_fields = ["school__name", "=pupil__id"]
    actions = ["requeue", "close"]

    @admin.action(description="The school has answered", permissions=["close"])
    def close(self, request: Any, queryset: Any) -> None:
        closed = [one for one in queryset if schools.close_request(request=one, at=now())]
        for one in closed:
            self.log_change(request, one, "Closed: the school has answered.")
        self.message_user(request, f"{len(closed)} requests are closed.")

    def has_close_permission(self, request: Any) -> bool:
        return bool(request.user.has_perm("accounts.change_schoolrequest"))
