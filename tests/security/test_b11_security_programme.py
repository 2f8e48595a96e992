"""Build list 11 (16 CFR 312.8): a named coordinator and a review every year; an alert says when one is missing."""

from datetime import date

import pytest
from pytest_django import Settings

from monitoring.alerts.rules import security_review
from monitoring.models import Alert
from monitoring.services import run_health_check
from viral_engine.kernel.clock import now

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("reviewed_on", "coordinator", "firing", "detail"),
    [
        (date(2026, 5, 1), "Dee", False, "The last review was 213 days ago."),
        (date(2025, 11, 29), "Dee", False, "The last review was 366 days ago."),
        (date(2025, 11, 28), "Dee", True, "The last review was 367 days ago."),
        (None, "Dee", True, "It was never reviewed."),
        (date(2026, 5, 1), "", True, "It has no coordinator."),
    ],
)
def test_a_review_is_due_every_year(reviewed_on: date | None, coordinator: str, detail: str, *, firing: bool) -> None:
    finding = security_review(reviewed_on, coordinator, TODAY)
    assert (finding.firing, finding.detail) == (firing, detail)


@pytest.mark.django_db
def test_production_is_warned(settings: Settings) -> None:
    settings.PRODUCTION = True
    run_health_check(at=now())
    assert Alert.objects.filter(key="security_review").exists()
