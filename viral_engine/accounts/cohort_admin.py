from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from viral_engine.accounts.models import Cohort, CohortMembership
from viral_engine.accounts.services.cohorts import move_member
from viral_engine.kernel.clock import now


@admin.register(Cohort)
class CohortAdmin(admin.ModelAdmin[Cohort]):
    """Members are a list of their own: a form of every member of a large cohort has more fields than a request may."""

    list_display = ["name", "grade", "school", "is_active", "size"]
    list_filter = ["grade", "is_active", "school"]
    list_select_related = ["school"]
    search_fields = ["name"]
    readonly_fields = ["members_of"]
    fields = ["name", "grade", "school", "is_active", "members_of"]

    def get_queryset(self, _: Any) -> Any:
        return Cohort.objects.with_size()

    @admin.display(ordering="size")
    def size(self, cohort: Any) -> int:
        return int(cohort.size)

    @admin.display(description="members")
    def members_of(self, cohort: Any) -> str:
        if cohort.pk is None:
            return "Save the cohort first."
        rows = reverse("admin:accounts_cohortmembership_changelist")
        return format_html(
            '<a href="{0}?cohort__id__exact={1}">{2} members</a>, <a href="{0}add/?cohort={1}">add one</a>',
            rows,
            cohort.pk,
            self.size(cohort),
        )


class MoveForm(ActionForm):
    cohort_name = forms.CharField(required=False, label="To the cohort named:")


@admin.register(CohortMembership)
class CohortMembershipAdmin(admin.ModelAdmin[CohortMembership]):
    list_display = ["user", "cohort", "is_primary", "joined_at"]
    list_filter = ["is_primary", "cohort"]
    list_select_related = ["user", "cohort"]
    search_fields = ["user__username", "cohort__name"]
    autocomplete_fields = ["user", "cohort"]
    action_form = MoveForm
    actions = ["move"]

    def has_move_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    @admin.action(description="Move to another cohort", permissions=["move"])
    def move(self, request: HttpRequest, queryset: Any) -> None:
        """Move the members to the cohort whose name is typed beside the action. Cost  10 statements a member."""
        name = request.POST.get("cohort_name", "").strip()
        to = Cohort.objects.filter(name=name).first()
        if to is None:
            self.message_user(request, f"There is no cohort named “{name}”. Nobody was moved.", level=messages.ERROR)
            return
        at, rows = now(), list(queryset.select_related("user", "cohort"))
        moved = [one for one in rows if move_member(membership=one, to=to, at=at)]
        for one in moved:
            self.log_change(request, one.user, f"Moved from cohort {one.cohort_id} to {to.pk}.")
        self.message_user(request, f"{len(moved)} moved to {to}.")
