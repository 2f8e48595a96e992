"""Save forms of the admin as staff do."""

import json
from http import HTTPStatus
from typing import Any

from django.test import Client

from experiments.models import Experiment
from viral_engine.safety.models import ReviewItem

NOON = {"created_at_0": "2026-03-04", "created_at_1": "12:00:00"}
JOINED = {"joined_at_0": "2026-03-04", "joined_at_1": "12:00:00"}


def save_form(staff: Client, path: str, **fields: Any) -> None:
    """Save a form of the admin; errors of the form fail the test."""
    give_reason(staff, f"/admin/{path}")
    answer = staff.post(f"/admin/{path}", fields)
    assert answer.status_code == 302, answer.context["errors"]


def give_reason(staff: Client, path: str, reason: str = "A parent asked us to look") -> None:
    """Say why staff open a page about children; a page without any asks for nothing."""
    asked = staff.get(path)
    if asked.status_code == 302 and asked.headers["Location"].startswith("/admin/reason/"):
        answer = staff.post(asked.headers["Location"], {"reason": reason})
        assert answer.headers["Location"] == path, answer.context["form"].errors


def choose_action(staff: Client, path: str, action: str, *rows: object, **more: str) -> Any:
    """Act on rows of a list, and say why where they are about children; the answer, or the page that it leads to."""
    form = {"action": action, "_selected_action": [str(row) for row in rows]} | more
    answer = staff.post(path, form)
    if answer.status_code == HTTPStatus.FOUND and answer.headers["Location"].startswith("/admin/reason/"):
        staff.post(answer.headers["Location"], {"reason": "A parent asked us to look"})
        answer = staff.post(path, form)
    return staff.get(answer.headers["Location"]) if answer.status_code == HTTPStatus.FOUND else answer


def decide_case(staff: Client, item: ReviewItem, step: str, note: str = "") -> str:
    """Press a button of a case's page; the page afterwards."""
    forms = {f"{name}-{field}": 0 for name in ("reports", "steps") for field in ("TOTAL_FORMS", "INITIAL_FORMS")}
    path = f"/admin/safety/reviewitem/{item.pk}/change/"
    give_reason(staff, path)
    return staff.post(path, forms | {"note": note, f"_{step}": "1"}, follow=True).content.decode()


def experiment_form(trial: Experiment | None = None, **changed: Any) -> dict[str, Any]:
    """The form of the admin, filled in."""
    arms = list(trial.arms.all()) if trial else []
    metrics = list(trial.metrics.all()) if trial else []
    data: dict[str, Any] = {
        "title": "Copy",
        "key": "copy",
        "unit": "person",
        "coverage_bp": 10_000,
        "roles": "[]",
        "grades": "[]",
        "cohorts": "[]",
        "locales": "[]",
        "namespace_from_bp": 0,
        "namespace_until_bp": 10_000,
        "window_h": 72,
        "planned_units": 1000,
        "is_sequential": "on",
        "arms-TOTAL_FORMS": 2,
        "arms-INITIAL_FORMS": len(arms),
        "metrics-TOTAL_FORMS": 1,
        "metrics-INITIAL_FORMS": len(metrics),
    }
    for index, key in enumerate(("control", "bold")):
        data |= {
            f"arms-{index}-id": arms[index].pk if arms else "",
            f"arms-{index}-key": key,
            f"arms-{index}-title": key.title(),
            f"arms-{index}-weight_bp": 5000,
            f"arms-{index}-params": json.dumps({"word": key}),
        }
    data |= {
        "arms-0-is_control": "on",
        "metrics-0-id": metrics[0].pk if metrics else "",
        "metrics-0-role": "primary",
        "metrics-0-kind": "binary",
        "metrics-0-title": "Invites",
        "metrics-0-event": "invite_sent",
        "metrics-0-is_more_better": "on",
        "metrics-0-pre_days": 0,
    }
    return data | changed
