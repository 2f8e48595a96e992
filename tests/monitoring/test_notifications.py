"""Channels against servers that speak their protocols, and misbehave."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from pytest_django import Settings

from monitoring.alerts import channels, notifications, services
from monitoring.alerts.channels import retry_after_s
from monitoring.models import Notification
from monitoring.rules import Finding
from tests.factories import person
from tests.receivers import Answer, mailing, receiving
from tests.servers import free_port
from viral_engine.kernel import clock
from viral_engine.kernel.leases import TryLater

pytestmark = pytest.mark.django_db
TICK = timedelta(seconds=30)
EVENTS, KEY = "/v2/enqueue", "routing-key-secret-0815"


def observe_queue(at: datetime, *, firing: bool = True) -> None:
    detail = "700 tasks wait at the broker, 0 deliveries in the outbox."
    services.observe(findings=[Finding("queue", "warning", "Work is piling up", firing, detail)], at=at)


def notice_of(channel: str, transition: str = "raised") -> Notification:
    return Notification.objects.get(channel=channel, transition=transition)


def test_the_log_is_always_told(at: datetime, caplog: pytest.LogCaptureFixture) -> None:
    observe_queue(at)
    assert notifications.send_waiting(at=at) == 1
    assert notifications.send_waiting(at=at) == 0
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "alert queue: Raised: Work is piling up (warning). 700 tasks wait at the broker, 0 deliveries in the outbox."
    ]


def test_slack_takes_a_line_for_each_turn(at: datetime, settings: Settings) -> None:
    with receiving() as slack:
        settings.SLACK_WEBHOOK_URL = slack.url
        observe_queue(at)
        notifications.send_waiting(at=at)
        for number in (1, 2):
            observe_queue(at + number * TICK, firing=False)
        notifications.send_waiting(at=at + 2 * TICK)
    texts = [body["text"] for body in slack.bodies]
    assert len(texts) == 2
    assert texts[0].startswith(":rotating_light: Raised: Work is piling up (warning). 700 tasks wait")
    assert texts[1].startswith(":white_check_mark: Resolved: Work is piling up")
    assert "/accounts/login/?next=/monitoring/" in texts[0]


def test_an_error_notifies_no_whole_slack_channel(at: datetime, settings: Settings) -> None:
    with receiving() as slack:
        settings.SLACK_WEBHOOK_URL = slack.url
        services.observe(
            findings=[Finding("queue", "warning", "Work <!channel> & piles", firing=True, detail="<@U1>")], at=at
        )
        notifications.send_waiting(at=at)
    [text] = [body["text"] for body in slack.bodies]
    assert "Work &lt;!channel&gt; &amp; piles (warning). &lt;@U1&gt; <http" in text


def test_pagerduty_gets_one_incident_from_trigger_to_resolve(at: datetime, settings: Settings) -> None:
    with receiving(Answer(202), path=EVENTS) as pagerduty:
        settings.PAGERDUTY_ROUTING_KEY, settings.PAGERDUTY_EVENTS_URL = KEY, pagerduty.url
        observe_queue(at)
        notifications.send_waiting(at=at)
        services.acknowledge(alert=notice_of("log").alert, by=person("Ada", is_staff=True), at=at)
        for number in (1, 2):
            observe_queue(at + number * TICK, firing=False)
        notifications.send_waiting(at=at + 2 * TICK)
        notifications.send_waiting(at=at + 2 * TICK)  # the resolve waited for the acknowledge before it
    actions = [body["event_action"] for body in pagerduty.bodies]
    assert actions == ["trigger", "acknowledge", "resolve"]
    assert len({body["dedup_key"] for body in pagerduty.bodies}) == 1
    assert {body["routing_key"] for body in pagerduty.bodies} == {KEY}
    payload = pagerduty.bodies[0]["payload"]
    assert (payload["severity"], payload["component"]) == ("warning", "queue")
    assert payload["summary"].startswith("Work is piling up. 700 tasks wait")
    assert "ada" not in str(pagerduty.bodies).lower()


@pytest.mark.parametrize("status", [500, 503, 408])
def test_a_server_in_trouble_is_tried_again_later(at: datetime, settings: Settings, status: int) -> None:
    with receiving(Answer(status), Answer(status), Answer(200)) as slack:
        settings.SLACK_WEBHOOK_URL = slack.url
        observe_queue(at)
        for seconds in (0, 5, 10, 25, 30):
            notifications.send_waiting(at=at + timedelta(seconds=seconds))
    assert len(slack.bodies) == 3  # at 0, 10 and 30 seconds
    notice = notice_of("slack")
    assert (notice.attempts, notice.sent_at, notice.last_error) == (3, at + timedelta(seconds=30), "")


def test_retry_after_is_honored(at: datetime, settings: Settings) -> None:
    with receiving(Answer(429, {"Retry-After": "120"}), Answer(200)) as slack:
        settings.SLACK_WEBHOOK_URL = slack.url
        observe_queue(at)
        notifications.send_waiting(at=at)
        assert notice_of("slack").leased_until == at + timedelta(seconds=120)
        notifications.send_waiting(at=at + timedelta(seconds=119))
        assert len(slack.bodies) == 1
        notifications.send_waiting(at=at + timedelta(seconds=120))
    assert notice_of("slack").sent_at == at + timedelta(seconds=120)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("120", 120.0),
        ("999999999999", 3600.0),
        ("Wed, 04 Mar 2026 15:02:00 GMT", 120.0),
        ("Wed, 04 Mar 2020 15:02:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_both_forms_of_retry_after_are_read(at: datetime, header: str, wait_s: float | None) -> None:
    assert retry_after_s(header, at) == wait_s


def test_a_server_that_keeps_silent_is_left(at: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "TIMEOUT", httpx.Timeout(0.2))
    with receiving(Answer(200, after_s=1)) as slack:
        settings.SLACK_WEBHOOK_URL = slack.url
        observe_queue(at)
        notifications.send_waiting(at=at)
    assert (notice_of("slack").sent_at, notice_of("slack").last_error) == (None, "ReadTimeout")
    assert notice_of("log").sent_at == at  # the others are notified all the same


def test_nobody_at_home_is_tried_until_it_is_given_up(at: datetime, settings: Settings) -> None:
    settings.SLACK_WEBHOOK_URL = f"http://127.0.0.1:{free_port()}/hook"
    observe_queue(at)
    moment, tries = at, []
    for _ in range(20):
        notifications.send_waiting(at=moment)
        notice = notice_of("slack")
        if notice.dead_lettered_at:
            break
        assert notice.leased_until is not None
        tries.append((notice.leased_until - moment).total_seconds())
        moment = notice.leased_until
    assert tries == [10, 20, 40, 80, 160, 320, 640]
    assert (notice.attempts, notice.last_error) == (8, "ConnectError")


@pytest.mark.parametrize("status", [400, 403, 404, 410, 302])
def test_a_refusal_parks_at_once(at: datetime, settings: Settings, status: int) -> None:
    with receiving(Answer(status, {"Location": "http://127.0.0.1:1/"})) as slack:
        settings.SLACK_WEBHOOK_URL = slack.url
        observe_queue(at)
        notifications.send_waiting(at=at)
        notifications.send_waiting(at=at + timedelta(days=1))
        assert len(slack.bodies) == 1
        assert (notice_of("slack").dead_lettered_at, notice_of("slack").last_error) == (at, f"HTTP {status}")
        slack.answers[0] = Answer(200)
        assert Notification.objects.filter(pk=notice_of("slack").pk).requeue() == 1
        notifications.send_waiting(at=at + timedelta(days=1))
    assert notice_of("slack").sent_at == at + timedelta(days=1)


@pytest.mark.parametrize("address", ["hooks.example.com/secret", "http://hooks.example.com:port/"])
def test_an_address_that_is_none_parks(at: datetime, settings: Settings, address: str) -> None:
    settings.SLACK_WEBHOOK_URL = address
    observe_queue(at)
    notifications.send_waiting(at=at)
    assert notice_of("slack").dead_lettered_at == at


def test_an_end_is_not_told_before_its_beginning(at: datetime, settings: Settings) -> None:
    with receiving(Answer(503), Answer(202), path=EVENTS) as pagerduty:
        settings.PAGERDUTY_ROUTING_KEY, settings.PAGERDUTY_EVENTS_URL = KEY, pagerduty.url
        observe_queue(at)
        notifications.send_waiting(at=at)
        for number in (1, 2):
            observe_queue(at + timedelta(seconds=number), firing=False)
        notifications.send_waiting(at=at + timedelta(seconds=3))
        assert len(pagerduty.bodies) == 1
        notifications.send_waiting(at=at + timedelta(seconds=10))
        notifications.send_waiting(at=at + timedelta(seconds=10))
    assert [body["event_action"] for body in pagerduty.bodies] == ["trigger", "trigger", "resolve"]


def test_a_notice_whose_sender_died_is_sent_by_another_after_its_lease(at: datetime) -> None:
    observe_queue(at)
    notice = notice_of("log")
    Notification.objects.filter(pk=notice.pk).update(
        leased_until=at + Notification.LEASE, attempts=1
    )  # and then it died
    assert notifications.send(notice.pk, at=at + timedelta(seconds=59)) is False
    assert notifications.send(notice.pk, at=at + Notification.LEASE) is True


def test_a_channel_that_hangs_is_asked_once_a_batch_and_keeps_nobody_waiting(
    at: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "TIMEOUT", httpx.Timeout(0.2))
    with receiving(Answer(200, after_s=1)) as slack:
        settings.SLACK_WEBHOOK_URL = slack.url
        eight = [Finding(f"agent:{number}", "critical", "An agent is failing", firing=True) for number in range(8)]
        services.observe(findings=eight, at=at)
        assert notifications.send_waiting(at=at) == 8  # to the log
    assert sorted(Notification.objects.filter(channel="slack").values_list("attempts", flat=True)) == [0] * 7 + [1]


@contextmanager
def listening_in(does: Callable[[], object]) -> Iterator[None]:
    """Call `does` while the log channel is being notified."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name == channels.logger.name:
                does()

    handler = Listener()
    channels.logger.addHandler(handler)
    try:
        yield
    finally:
        channels.logger.removeHandler(handler)


def test_a_batch_ends_after_half_a_minute_and_each_try_has_its_own_time(
    at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log takes 20 seconds a line."""
    passed_s: list[float] = []
    monkeypatch.setattr(clock, "monotonic", lambda: sum(passed_s))
    leases: list[datetime | None] = []

    def slowly() -> None:
        leases.append(Notification.objects.exclude(leased_until=None).get().leased_until)
        passed_s.append(20.0)

    services.observe(findings=[Finding(key, "critical", "x", firing=True) for key in "abc"], at=at)
    with listening_in(slowly):
        assert notifications.send_waiting(at=at) == 2
    assert leases == [at + Notification.LEASE, at + timedelta(seconds=20) + Notification.LEASE]
    sent = Notification.objects.order_by("pk").values_list("sent_at", flat=True)
    assert list(sent) == [at + timedelta(seconds=20), at + timedelta(seconds=40), None]


@pytest.mark.parametrize("outcome", [None, TryLater("busy"), SoftTimeLimitExceeded(), ValueError("ours")])
def test_who_outlived_the_lease_changes_nothing(at: datetime, outcome: Exception | None) -> None:
    """Another process has the notice by then, and its lease stands."""
    observe_queue(at)
    notice, theirs = notice_of("log"), at + timedelta(seconds=200)

    def taken_over() -> None:
        Notification.objects.filter(pk=notice.pk).update(leased_until=theirs, attempts=2)
        if outcome is not None:
            raise outcome

    with listening_in(taken_over):
        assert stopped(at) if isinstance(outcome, SoftTimeLimitExceeded) else notifications.send_waiting(at=at) == 0
    notice.refresh_from_db()
    assert (notice.leased_until, notice.attempts, notice.sent_at, notice.dead_lettered_at) == (theirs, 2, None, None)
    assert notice.last_error == ""


def stopped(at: datetime) -> bool:
    with pytest.raises(SoftTimeLimitExceeded):
        notifications.send_waiting(at=at)
    return True


def test_a_task_whose_time_is_up_leaves_the_notice_for_later(at: datetime) -> None:
    observe_queue(at)

    def out_of_time() -> None:
        raise SoftTimeLimitExceeded

    with listening_in(out_of_time):
        assert stopped(at)
    notice = notice_of("log")
    assert (notice.dead_lettered_at, notice.leased_until) == (None, at + timedelta(seconds=10))
    assert notifications.send_waiting(at=at + timedelta(seconds=10)) == 1


# -- Mail --------------------------------------------------------------------------------------------------
def use_mail(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 2
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.ALERT_EMAILS = ["oncall@example.com"]


def test_a_mail_arrives(at: datetime, settings: Settings) -> None:
    with mailing() as (mailroom, port):
        use_mail(settings, port)
        observe_queue(at)
        notifications.send_waiting(at=at)
    [mail] = mailroom.mails
    assert "Subject: [Brightside Tutoring] Raised: Work is piling up" in mail
    assert "To: oncall@example.com" in mail
    assert f"Message-ID: <notice-{notice_of('email').pk}-{int(at.timestamp())}@" in mail
    assert notice_of("email").sent_at == at


@pytest.mark.parametrize(
    ("refusal", "is_parked", "error"),
    [("550 no such mailbox", True, "SMTP 550"), ("450 greylisted, come back", False, "SMTP 450")],
)
def test_a_mail_server_refuses_for_good_or_for_now(
    at: datetime, settings: Settings, refusal: str, is_parked: bool, error: str
) -> None:
    with mailing(refusal) as (mailroom, port):
        use_mail(settings, port)
        observe_queue(at)
        notifications.send_waiting(at=at)
    notice = notice_of("email")
    assert (bool(notice.dead_lettered_at), notice.last_error, mailroom.mails) == (is_parked, error, [])


def test_no_mail_server_at_all_is_tried_again(at: datetime, settings: Settings) -> None:
    use_mail(settings, free_port())
    observe_queue(at)
    notifications.send_waiting(at=at)
    notice = notice_of("email")
    assert (notice.dead_lettered_at, notice.last_error) == (None, "ConnectionRefusedError")


# -- Secrets -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_address_and_no_key_is_logged_or_stored(
    at: datetime, settings: Settings, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.INFO)
    with receiving(Answer(status)) as slack, receiving(Answer(status), path=EVENTS) as pagerduty:
        settings.SLACK_WEBHOOK_URL = slack.url
        settings.PAGERDUTY_ROUTING_KEY, settings.PAGERDUTY_EVENTS_URL = KEY, pagerduty.url
        observe_queue(at)
        notifications.send_waiting(at=at)
    assert slack.bodies
    assert pagerduty.bodies
    written = caplog.text + str(list(Notification.objects.values()))
    assert "hook-secret" not in written
    assert KEY not in written
