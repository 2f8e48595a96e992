from datetime import datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from feeds import services
from feeds.models import Message, MessageReport
from tests.factories import browser, cohort_of, person

pytestmark = pytest.mark.django_db


def staff() -> Client:
    return browser(person("Root", age=40, role="admin", grade=None, is_staff=True, is_superuser=True))


@pytest.mark.parametrize(("action", "is_hidden"), [("hide_messages", True), ("let_messages_stand", False)])
def test_staff_settle_reports_from_their_queue(at: datetime, action: str, is_hidden: bool) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    cohort = cohort_of(ada, bo, at=at)
    message = services.post_message(author=ada, cohort_id=cohort.pk, text="You are mean", key=uuid4(), at=at)
    services.report_message(reporter=bo, message=message, at=at)
    queue, client = reverse("admin:feeds_messagereport_changelist"), staff()
    assert b"You are mean" in client.get(queue).content
    chosen = {"action": action, "_selected_action": [MessageReport.objects.get().pk]}
    assert client.post(queue, chosen).status_code == 302
    assert MessageReport.objects.get().settled_at is not None
    assert (Message.objects.get().hidden_at is not None) is is_hidden
