"""Actions of on-call staff in the admin."""

from datetime import datetime

import pytest
from django.test import Client

from monitoring.alerts import notifications, services
from monitoring.models import Alert, Notification, Silence
from monitoring.rules import Finding
from tests.factories import browser, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Client:
    return browser(person("Ada", is_staff=True, is_superuser=True))


@pytest.fixture
def alert(at: datetime) -> Alert:
    services.observe(findings=[Finding("queue", "warning", "Work is piling up", firing=True, detail="x")], at=at)
    return Alert.objects.get()


def act(client: Client, model: str, action: str, pk: int) -> None:
    response = client.post(f"/admin/monitoring/{model}/", {"action": action, "_selected_action": [pk]})
    assert response.status_code == 302


def test_alerts_are_acknowledged(ada: Client, alert: Alert) -> None:
    act(ada, "alert", "acknowledge", alert.pk)
    alert.refresh_from_db()
    assert alert.acknowledged_by is not None
    assert alert.acknowledged_by.username == "ada"


def test_alerts_are_silenced_and_told_again(ada: Client, alert: Alert) -> None:
    act(ada, "alert", "silence_for_a_day", alert.pk)
    silence = Silence.objects.get(key="queue")
    assert (silence.until - silence.set_at).total_seconds() == 24 * 3600
    act(ada, "silence", "end", silence.pk)
    assert not Silence.objects.exists()


def test_dead_lettered_notifications_are_tried_again(ada: Client, alert: Alert, at: datetime) -> None:
    Notification.objects.update(dead_lettered_at=at, attempts=8)
    assert notifications.send_waiting(at=at) == 0
    act(ada, "notification", "requeue", Notification.objects.get().pk)
    assert notifications.send_waiting(at=at) == 1


def test_nobody_writes_history_by_hand(ada: Client, alert: Alert) -> None:
    assert ada.get("/admin/monitoring/alert/add/").status_code == 403
    assert ada.post(f"/admin/monitoring/alert/{alert.pk}/delete/", {"post": "yes"}).status_code == 403
