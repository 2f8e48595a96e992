"""One alert a problem: raised once, updated, resolved once, and not delivered while silenced."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from monitoring.alerts import services
from monitoring.models import Alert, Notification, Silence
from monitoring.rules import Finding
from tests.factories import counting, person, statements
from viral_engine.accounts.models import User

pytestmark = pytest.mark.django_db
TICK = timedelta(seconds=30)


def finding(*, firing: bool | None, value: float = 2.0, key: str = "queue") -> Finding:
    return Finding(key, "warning", "Work is piling up", firing, f"{value:.0f} wait", value, 1.0)


def tick(at: datetime, pattern: str, key: str = "queue") -> datetime:
    """Run checks one after the other (+ firing, - not firing, ? unknown); the instant after the last."""
    for number, sign in enumerate(pattern):
        firing = {"+": True, "-": False, "?": None}[sign]
        services.observe(findings=[finding(firing=firing, value=number, key=key)], at=at + number * TICK)
    return at + len(pattern) * TICK


def turns() -> list[str]:
    return list(Notification.objects.filter(channel="log").order_by("pk").values_list("transition", flat=True))


def ada() -> User:
    return person("Ada", is_staff=True)


def test_an_alert_is_raised_once_and_updated_while_it_lasts(at: datetime) -> None:
    tick(at, "+++")
    alert = Alert.objects.get()
    assert (alert.value, alert.detail, alert.opened_at, alert.seen_at) == (2.0, "2 wait", at, at + 2 * TICK)
    assert turns() == ["raised"]


def test_an_alert_ends_once_after_two_clear_checks(at: datetime) -> None:
    tick(at, "+-")
    assert Alert.objects.get().is_open
    tick(at + 2 * TICK, "---")
    assert Alert.objects.get().resolved_at == at + 2 * TICK
    assert turns() == ["raised", "resolved"]


def test_flapping_is_one_alert(at: datetime) -> None:
    tick(at, "+-+-+-+")
    assert Alert.objects.get().is_open
    assert turns() == ["raised"]


def test_what_cannot_be_told_neither_raises_nor_ends(at: datetime) -> None:
    later = tick(at, "?+???")
    assert Alert.objects.get().is_open
    tick(later, "-?-")
    assert not Alert.objects.get().is_open


def test_trouble_that_comes_back_is_a_new_alert(at: datetime) -> None:
    tick(at, "+--+")
    assert Alert.objects.count() == 2
    assert turns() == ["raised", "resolved", "raised"]


def test_the_database_holds_one_open_alert_a_key(at: datetime) -> None:
    tick(at, "+")
    again = {"key": "queue", "severity": "warning", "title": "x", "detail": "x", "opened_at": at, "seen_at": at}
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(**again)
    Alert.objects.update(resolved_at=at)
    Alert.objects.create(**again)


def test_an_alert_never_ends_before_it_began_even_when_the_clock_was_set_back(at: datetime) -> None:
    tick(at, "+")
    tick(at - timedelta(hours=1), "--")
    assert Alert.objects.get().resolved_at == at


def test_a_silence_is_recorded_and_tells_nobody(at: datetime) -> None:
    services.silence(key="queue", lasts=timedelta(hours=1), by=ada(), at=at)
    tick(at, "++--")
    assert Alert.objects.get().resolved_at is not None
    assert turns() == []


def test_a_trouble_that_outlasts_the_silence_is_told_then(at: datetime) -> None:
    services.silence(key="queue", lasts=timedelta(hours=1), by=ada(), at=at)
    tick(at, "+")
    tick(at + timedelta(hours=1), "++--")
    assert turns() == ["raised", "resolved"]


def test_a_silence_is_one_row_a_key_and_can_be_ended(at: datetime) -> None:
    bo = person("Bo", is_staff=True)
    services.silence(key="queue", lasts=timedelta(hours=1), by=ada(), at=at)
    services.silence(key="queue", lasts=timedelta(hours=4), by=bo, at=at)
    silence = Silence.objects.get()
    assert (silence.until, silence.set_by) == (at + timedelta(hours=4), bo)
    services.end_silence(key="queue", by=bo)
    tick(at, "+")
    assert turns() == ["raised"]


@pytest.mark.parametrize("hours", [0, -1, 24 * 8])
def test_a_silence_has_an_end_within_a_week(at: datetime, hours: int) -> None:
    with pytest.raises(ValueError, match="a silence of"):
        services.silence(key="queue", lasts=timedelta(hours=hours), by=ada(), at=at)


def test_one_person_acknowledges_and_the_channels_hear_it_once(at: datetime) -> None:
    tick(at, "+")
    alert, first, second = Alert.objects.get(), ada(), person("Bo", is_staff=True)
    assert services.acknowledge(alert=alert, by=first, at=at) is True
    assert services.acknowledge(alert=alert, by=second, at=at) is False
    alert.refresh_from_db()
    assert alert.acknowledged_by == first
    assert turns() == ["raised", "acknowledged"]
    tick(at + TICK, "--")
    alert.refresh_from_db()
    assert services.acknowledge(alert=alert, by=second, at=at) is False
    assert turns() == ["raised", "acknowledged", "resolved"]


def test_alerts_of_agents_that_are_gone_end_by_themselves(at: datetime) -> None:
    tick(at, "+", key="agent:helper")
    tick(at, "+", key="worker")  # another person's
    others = [finding(firing=False, key="agent:orchestrator")]
    for number in (1, 2):
        services.resolve_forgotten(findings=others, at=at + number * TICK)
    assert list(Alert.objects.all().open().values_list("key", flat=True)) == ["worker"]


def cost(at: datetime, *findings: Finding) -> int:
    with counting() as captured:
        services.observe(findings=findings, at=at)
    return len(statements(captured))


def test_the_cost_of_observing_is_as_stated(at: datetime) -> None:
    so, clear = finding(firing=True), finding(firing=False)
    assert cost(at, clear) == 2
    assert cost(at, so) == 2 + 3
    assert cost(at, so) == 2 + 1
    assert cost(at, clear) == 2 + 1
    assert cost(at, clear) == 2 + 2
    calm = [finding(firing=False, key=f"agent:{number}") for number in range(3)]
    assert cost(at, *calm) == 2
