from datetime import UTC, datetime, time

import pytest

from viral_engine.notifications.rules import quiet_until, token_in


@pytest.mark.parametrize(
    ("hour", "zone", "sent"),
    [
        (12, "UTC", "04 12:00"),
        (21, "UTC", "05 07:00"),
        (6, "UTC", "04 07:00"),
        (7, "UTC", "04 07:00"),
        (3, "America/New_York", "04 12:00"),  # 22:00 there; 07:00 there is 12:00 UTC
        (15, "Asia/Tokyo", "04 22:00"),
    ],
)
def test_news_wait_for_the_morning_of_the_persons_own_clock(hour: int, zone: str, sent: str) -> None:
    at = datetime(2026, 3, 4, hour, tzinfo=UTC)
    assert f"{quiet_until(at, zone=zone, starts=time(21), ends=time(7)):%d %H:%M}" == sent


def test_the_morning_after_the_clocks_change_is_by_the_new_clock() -> None:
    at = datetime(2026, 3, 8, 4, tzinfo=UTC)  # 23:00 in New York, which moves on an hour in this night
    assert quiet_until(at, zone="America/New_York", starts=time(21), ends=time(7)).hour == 11


def test_quiet_hours_within_a_day_or_of_no_length() -> None:
    at = datetime(2026, 3, 4, 13, tzinfo=UTC)
    assert quiet_until(at, zone="UTC", starts=time(12), ends=time(14)).hour == 14
    assert quiet_until(at, zone="UTC", starts=time(13), ends=time(13)) == at


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("Beat me! https://site.example/r/Ab3dE6gH.0123456789abcdef?via=copy", "Ab3dE6gH.0123456789abcdef"),
        ("/r/Ab3dE6gH.0123456789abcdef", "Ab3dE6gH.0123456789abcdef"),
        ("https://evil.example/r/../admin", ""),
        ("", ""),
    ],
)
def test_a_shared_text_leads_to_our_link_alone(text: str, token: str) -> None:
    assert token_in(text) == token
