from collections.abc import Iterator

import pytest

from viral_engine.kernel import gauges


@pytest.fixture(autouse=True)
def own_gauge() -> Iterator[None]:
    yield
    gauges._gauges.pop("rockets", None)


def test_a_gauge_that_is_not_registered_is_zero() -> None:
    assert gauges.read_gauge("rockets") == 0


def test_a_gauge_shows_what_its_app_says_now() -> None:
    rockets = [1]
    gauges.register_gauge("rockets", lambda: len(rockets))
    rockets.append(2)
    assert gauges.read_gauge("rockets") == 2


def test_a_gauge_that_fails_is_unknown(caplog: pytest.LogCaptureFixture) -> None:
    gauges.register_gauge("rockets", lambda: 1 // 0)
    assert gauges.read_gauge("rockets") is None
    assert "gauge rockets cannot be read" in caplog.text
