"""Hole 4: any staff with the right to edit people could make themselves a superuser, or take one's mailbox."""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from feeds.models import Message
from monitoring.models import Alert, Silence
from tests.factories import browser, cohort_of, person
from tests.steps.admin import choose_action, save_form
from tests.steps.staff import staff, superuser, with_app
from viral_engine.accounts.models import User
from viral_engine.safety.models import ReviewItem
from viral_engine.safety.services import reports
from viral_engine.safety.services.kinds import Reporter
from viral_engine.staff.groups import grant

pytestmark = pytest.mark.django_db
GROUPS = import_module("monitoring.migrations.0002_staff_groups").GROUPS


def staff_with(*permissions: str, name: str = "Ada") -> User:
    user = staff(name)
    for permission in permissions:
        app_label, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    return user


def member_of(group: str, name: str = "Ada") -> Client:
    grant(apps, group, GROUPS[group])  # tests that commit empty the table of groups
    user = staff(name)
    user.groups.add(Group.objects.get(name=group))
    return browser(user)


def form_of(user: User, **changed: Any) -> dict[str, Any]:
    fields = ("username", "role", "first_name", "last_name", "email", "avatar", "grade", "birthdate")
    form = {name: getattr(user, name) for name in fields}
    return {name: "" if value is None else value for name, value in form.items()} | {"is_active": "on"} | changed


# -- Superusers ------------------------------------------------------------------------------------------------
def test_support_cannot_hand_out_rights() -> None:
    ada, cy = staff_with("accounts.view_user", "accounts.change_user"), person("Cy", age=30)
    everything = [permission.pk for permission in Permission.objects.all()[:5]]
    group = Group.objects.create(name="all")
    rights = {"is_staff": "on", "is_superuser": "on", "groups": [group.pk], "user_permissions": everything}
    save_form(browser(ada), f"accounts/user/{cy.pk}/change/", **form_of(cy, first_name="New", **rights))
    cy.refresh_from_db()
    assert cy.first_name == "New"
    assert (cy.is_staff, cy.is_superuser) == (False, False)
    assert (cy.groups.count(), cy.user_permissions.count()) == (0, 0)


@pytest.mark.parametrize("page", ["change", "password", "delete"])
def test_support_cannot_touch_superusers_other_staff_or_their_own_rights(page: str) -> None:
    ada = staff_with("accounts.view_user", "accounts.change_user", "accounts.delete_user")
    theft = {"email": "evil@example.com", "password1": "stolen-horse-9", "password2": "stolen-horse-9", "post": "yes"}
    for target in (superuser(), staff("Bo"), ada):
        client = browser(ada)
        before = User.objects.values().get(pk=target.pk)
        answer = client.post(f"/admin/accounts/user/{target.pk}/{page}/", form_of(target, **theft))
        assert answer.status_code == 403
        assert User.objects.values().get(pk=target.pk) == before


def test_deleting_many_spares_staff() -> None:
    ada = staff_with("accounts.view_user", "accounts.change_user", "accounts.delete_user")
    root = superuser()
    browser(ada).post(
        "/admin/accounts/user/", {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"}
    )
    root.refresh_from_db()
    assert (root.username, root.is_active) == ("root", True)


def test_a_superuser_makes_staff() -> None:
    cy = person("Cy", age=30)
    save_form(browser(superuser()), f"accounts/user/{cy.pk}/change/", **form_of(cy, is_staff="on"))
    cy.refresh_from_db()
    assert cy.is_staff


def test_only_superusers_change_what_a_group_may() -> None:
    group = Group.objects.create(name="night shift")
    ada = browser(staff_with("auth.view_group", "auth.change_group", "auth.add_group", "auth.delete_group"))
    for page in (f"{group.pk}/change", f"{group.pk}/delete", "add"):
        assert ada.post(f"/admin/auth/group/{page}/", {"name": "evil", "post": "yes"}).status_code == 403
    assert browser(superuser()).get(f"/admin/auth/group/{group.pk}/change/").status_code == 200


def test_a_mailbox_of_staff_is_changed_by_superusers_alone() -> None:
    rights = ("account.view_emailaddress", "account.change_emailaddress", "account.add_emailaddress")
    ada = browser(staff_with(*rights, "account.delete_emailaddress"))
    root = superuser()
    box = EmailAddress.objects.get(user=root)
    for page in (f"{box.pk}/change", f"{box.pk}/delete", "add"):
        form = {"email": "evil@example.com", "user": root.pk, "verified": "on", "post": "yes"}
        assert ada.post(f"/admin/account/emailaddress/{page}/", form).status_code == 403
    cy = person("Cy", age=30)
    theirs = EmailAddress.objects.get(user=cy)
    save_form(ada, f"account/emailaddress/{theirs.pk}/change/", email="cy2@example.com", user=root.pk)
    theirs.refresh_from_db()
    assert (theirs.email, theirs.user) == ("cy2@example.com", cy)  # a mailbox does not move to another account


def test_second_factors_are_shown_without_secrets_and_removed_by_superusers() -> None:
    bo = staff("Bo")
    with_app(bo)
    factor = Authenticator.objects.get(user=bo, type="totp")
    ada = browser(staff_with("mfa.view_authenticator", "mfa.delete_authenticator", "mfa.change_authenticator"))
    page = ada.get(f"/admin/mfa/authenticator/{factor.pk}/change/")
    assert page.status_code == 200
    assert not [value for value in factor.data.values() if str(value) in page.content.decode() and len(str(value)) > 6]
    assert ada.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"}).status_code == 403
    root = browser(superuser())
    assert root.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"}).status_code == 302


# -- Groups ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_groups_come_and_go_with_their_migration() -> None:
    def named() -> dict[str, int]:
        return {group.name: group.permissions.count() for group in Group.objects.order_by("name")}

    wanted = {name: len(permissions) for name, permissions in sorted(GROUPS.items())}
    try:
        call_command("migrate", "monitoring", "0001", verbosity=0)
        assert named() == {}
        Permission.objects.filter(codename="change_reviewitem").delete()  # as on a fresh database
        call_command("migrate", verbosity=0)
        assert named() == wanted
        call_command("migrate", "monitoring", "0001", verbosity=0)
    finally:
        call_command("migrate", verbosity=0)
    assert named() == wanted


@pytest.mark.parametrize(
    ("group", "opens", "refuses"),
    [
        ("support", "/admin/accounts/user/", "/admin/monitoring/alert/"),
        ("moderator", "/admin/safety/reviewitem/", "/admin/loops/rewardentry/"),
        ("on-call", "/admin/monitoring/alert/", "/admin/accounts/user/"),
        ("growth", "/experiments/", "/admin/feeds/message/"),
    ],
)
def test_a_group_opens_its_own_pages_alone(group: str, opens: str, refuses: str) -> None:
    client = member_of(group)
    assert (client.get(opens).status_code, client.get(refuses).status_code) == (200, 403)


# -- Alerts and messages -----------------------------------------------------------------------------------------
def an_alert(at: datetime) -> Alert:
    return Alert.objects.create(key="queue", severity="warning", title="Queue", detail="slow", opened_at=at, seen_at=at)


def logged() -> list[tuple[str, str]]:
    return list(LogEntry.objects.order_by("pk").values_list("object_repr", "change_message"))


def test_alerts_need_a_permission_of_their_own_and_leave_log_entries(at: datetime) -> None:
    alert = an_alert(at)
    for client in (browser(staff_with("monitoring.view_alert", name="Bo")), member_of("growth", "Cy")):
        assert client.post(f"/monitoring/alerts/{alert.pk}/acknowledge/").status_code == 403
        assert client.post(f"/monitoring/alerts/{alert.pk}/silence/", {"hours": "24"}).status_code == 403
    assert (Silence.objects.count(), logged()) == (0, [])
    client = member_of("on-call")
    client.post(f"/monitoring/alerts/{alert.pk}/acknowledge/")
    client.post(f"/monitoring/alerts/{alert.pk}/silence/", {"hours": "4"})
    silence = Silence.objects.get()
    assert logged() == [("Queue (warning)", "Acknowledged."), (str(silence), f"Silenced for {timedelta(hours=4)}.")]
    other = browser(staff("Dee"))
    assert other.post(f"/monitoring/silences/{silence.pk}/end/").status_code == 403
    client.post(f"/monitoring/silences/{silence.pk}/end/")
    assert logged()[-1] == (str(silence), "Silence ended.")


def test_the_admins_actions_ask_for_the_same_permission(at: datetime) -> None:
    alert = an_alert(at)
    looker = browser(staff_with("monitoring.view_alert", "monitoring.view_silence", name="Bo"))
    page = looker.get("/admin/monitoring/alert/").content.decode()
    assert "Silence these" not in page
    for action in ("acknowledge", "silence_for_a_day"):
        looker.post("/admin/monitoring/alert/", {"action": action, "_selected_action": [alert.pk]})
    assert (Silence.objects.count(), logged()) == (0, [])


def test_hiding_a_message_needs_the_permission_of_the_review_queue_and_leaves_a_log_entry(at: datetime) -> None:
    dee, cy = person("Dee"), person("Cy")
    cohort = cohort_of(dee, cy, at=at)
    message = Message.objects.create(
        cohort=cohort, author=dee, seq=1, text="hi", key="0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11", at=at
    )
    reports.report(reporter=Reporter(user=cy), kind="message", object_key=str(message.pk), reason="spam", at=at)
    item = ReviewItem.objects.get()
    looker = browser(staff_with("safety.view_reviewitem", name="Bo"))
    choose_action(looker, "/admin/safety/reviewitem/", "reject_all", item.pk)
    message.refresh_from_db()
    assert (message.hidden_at, logged()) == (None, [])
    choose_action(member_of("moderator"), "/admin/safety/reviewitem/", "reject_all", item.pk)
    message.refresh_from_db()
    assert message.hidden_at is not None
    assert [line for _, line in logged()] == ["Reject: end its effects"]
