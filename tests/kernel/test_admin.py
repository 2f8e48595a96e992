"""The admin pages of work with leases: each shows why a row was dead-lettered, and requeues it."""

from datetime import datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from tests.factories import browser, person
from tests.steps.admin import choose_action
from viral_engine.accounts.models import ConsentRequest
from viral_engine.kernel.admin import LeasedWorkAdmin
from viral_engine.kernel.leases import LeasedWork

LEASED = [model for model in apps.get_models() if issubclass(model, LeasedWork)]
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return browser(person("Ada", is_staff=True, is_superuser=True))


@pytest.mark.parametrize("model", LEASED, ids=lambda model: model._meta.model_name)
def test_each_kind_of_leased_work_has_its_page(model: type[LeasedWork], staff: Client) -> None:
    assert isinstance(admin.site._registry[model], LeasedWorkAdmin)
    page = staff.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/?q=timeout&dead_lettered_at__isempty=0")
    assert page.status_code == 200


def test_staff_requeue_a_consent_request(staff: Client, at: datetime) -> None:
    kid = person("Kid")
    lost = ConsentRequest.objects.create(
        child=kid,
        parent_email="parent@example.com",
        created_at=at,
        expires_at=at,
        attempts=8,
        dead_lettered_at=at,
        last_error="SMTPRecipientsRefused",
    )
    address = "/admin/accounts/consentrequest/"
    assert b"SMTPRecipientsRefused" in staff.get(address).content
    choose_action(staff, address, "requeue", lost.pk)
    lost.refresh_from_db()
    assert (lost.dead_lettered_at, lost.attempts) == (None, 0)
