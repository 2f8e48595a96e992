import pytest
import time_machine
from django.core.cache import caches
from django.test import Client, RequestFactory
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisAway

from viral_engine.kernel import limiter
from viral_engine.kernel.client_identity import client_ip


def test_allow_counts_per_person_and_window() -> None:
    with time_machine.travel("2026-03-04 15:00:00+00:00", tick=False) as clock:
        assert [limiter.allow("b", "ada", limit=2, window_s=60) for _ in range(3)] == [True, True, False]
        assert limiter.allow("b", "bo", limit=2, window_s=60) is True
        assert limiter.allow("other", "ada", limit=2, window_s=60) is True
        clock.shift(60)
        assert limiter.allow("b", "ada", limit=2, window_s=60) is True


def away(*_: object, **__: object) -> bool:
    raise RedisAway


def test_allow_halves_the_limit_while_the_cache_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache is the only thing outside the process here, and the only thing replaced."""
    monkeypatch.setattr(caches["shared"], "add", away)
    answers = [limiter.allow("away", "ada", limit=4, window_s=3600) for _ in range(4)]
    assert answers == [True, True, False, False]


@pytest.mark.parametrize("is_away", [False, True], ids=["in the cache", "while the cache is away"])
def test_many_other_counts_forget_none(is_away: bool, monkeypatch: pytest.MonkeyPatch, stopped_clock: None) -> None:
    if is_away:
        monkeypatch.setattr(caches["shared"], "add", away)
    assert limiter.allow("crowd", "ada", limit=1, window_s=3600)
    for n in range(2000):
        limiter.allow("crowd", f"stranger-{n}", limit=1, window_s=3600)
    assert not limiter.allow("crowd", "ada", limit=1, window_s=3600)


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (0, "6.6.6.6", "9.9.9.9"),  # nobody's proxy: the header is a claim
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),  # what our proxy appended
        (2, "6.6.6.6, 1.2.3.4, 5.6.7.8", "1.2.3.4"),
        (2, "6.6.6.6", "9.9.9.9"),  # fewer hops than promised
    ],
)
def test_client_ip_believes_only_our_proxies(settings: Settings, hops: int, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXY_HOPS = hops
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded}, REMOTE_ADDR="9.9.9.9")
    assert client_ip(request) == expected


@pytest.mark.django_db
def test_guessing_links_meets_429(stopped_clock: None) -> None:
    client = Client(headers={"user-agent": "Mozilla/5.0"})
    codes = {client.get(f"/r/guess{n:03d}.0000000000000000").status_code for n in range(60)}
    assert codes == {404}
    refused = client.get("/r/guess999.0000000000000000")
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
