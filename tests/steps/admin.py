"""Save forms of the admin as staff do."""

from typing import Any

from django.test import Client

from viral_engine.accounts.models import Cohort

NOON = {"created_at_0": "2026-03-04", "created_at_1": "12:00:00"}
JOINED = {"joined_at_0": "2026-03-04", "joined_at_1": "12:00:00"}


def save_form(staff: Client, path: str, **fields: Any) -> None:
    """Save a form of the admin; errors of the form fail the test."""
    answer = staff.post(f"/admin/{path}", fields)
    assert answer.status_code == 302, answer.context["errors"]


def form_of(cohort: Cohort, **row: Any) -> dict[str, Any]:
    """The form of a cohort's page with one member added or removed."""
    before = cohort.memberships.count()
    form = {"name": cohort.name, "grade": "", "is_active": "on", "memberships-INITIAL_FORMS": before}
    form["memberships-TOTAL_FORMS"] = before or 1
    return form | {f"memberships-0-{name}": value for name, value in row.items()}
