from collections.abc import Iterator

import pytest

from viral_engine.kernel import gauges


@pytest.fixture(autouse=True)
def own_gauge() -> Iterator[None]:
    yield
    gauges._gauges.pop("rockets", None)


def test_a_gauge_that_is_not_registered_is_zero() -> None:
    assert gauges.value_of("rockets") == 0


def test_a_gauge_shows_what_its_app_says_now() -> None:
    rockets = [1]
    gauges.report("rockets", lambda: len(rockets))
    rockets.append(2)
    assert gauges.value_of("rockets") == 2


def test_a_gauge_that_fails_is_unknown(caplog: pytest.LogCaptureFixture) -> None:
    gauges.report("rockets", lambda: 1 // 0)
    assert gauges.value_of("rockets") is None
    assert "gauge rockets cannot be read" in caplog.text
