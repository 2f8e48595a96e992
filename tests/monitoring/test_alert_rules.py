import pytest

from monitoring.alerts import rules
from monitoring.alerts.rules import WINDOWS_S, dead_letters, error_rate, queue, redis, slow, worker
from monitoring.health.rules import DecisionStats, ProbeResult, judge
from monitoring.rules import Requests
from viral_engine.formatting import duration_in_words

QUIET = dict.fromkeys(WINDOWS_S, Requests(1000, 0))


@pytest.mark.parametrize(
    ("count", "errors", "firing"),
    [(1000, 10, False), (1000, 11, True), (20, 5, True), (19, 19, False), (100, 4, False), (0, 0, False)],
)
def test_error_rate_needs_more_than_a_percent_of_enough(count: int, errors: int, firing: bool) -> None:
    assert error_rate(Requests(count, errors)).firing is firing


def burning(**windows: tuple[int, int]) -> list[bool | None]:
    spoken = {"m5": 300, "m30": 1800, "h1": 3600, "h2": 7200, "h6": 21600, "d1": 86400, "d3": 259200}
    counts = QUIET | {spoken[name]: Requests(*pair) for name, pair in windows.items()}
    return [finding.firing for finding in rules.burn_rates(counts)]


def test_a_burn_needs_both_windows_of_a_pair() -> None:
    assert burning() == [False, False]
    assert burning(h1=(10_000, 145)) == [False, False]  # over by now: the last five minutes are clean
    assert burning(m5=(1000, 15)) == [False, False]  # a blip: too little of the hour's budget
    assert burning(h1=(10_000, 145), m5=(1000, 15)) == [True, False]
    assert burning(h1=(10_000, 144), m5=(1000, 15)) == [False, False]
    assert burning(h6=(10_000, 61), m30=(1000, 7)) == [True, False]
    assert burning(d1=(10_000, 31), h2=(10_000, 31)) == [False, True]
    assert burning(d3=(100_000, 101), h6=(10_000, 11)) == [False, True]


def test_a_burn_counts_enough_events_in_both_windows() -> None:
    assert burning(h1=(19, 19), m5=(19, 19)) == [False, False]
    assert burning(h1=(30, 4), m5=(30, 4)) == [False, False]
    assert burning(h1=(30, 5), m5=(30, 5)) == [True, False]


def slowness(work: DecisionStats) -> bool | None:
    return slow("a", "A", judge(work, ProbeResult(3.0), 150.0), work.latency_avg_ms, 150.0).firing


def test_latency_speaks_of_enough_decisions() -> None:
    assert slowness(DecisionStats(20, 0, 150.0, 20)) is False
    assert slowness(DecisionStats(20, 0, 150.1, 20)) is True
    assert slowness(DecisionStats(19, 0, 9000.0, 19)) is False
    assert slowness(DecisionStats()) is False
    assert slowness(DecisionStats(20, 20, 9000.0, 20, degraded_s=60.0)) is None  # it fails, and that is reported


def test_a_queue_out_of_reach_is_unknown_unless_the_outbox_tells() -> None:
    assert queue(500, 0).firing is False
    assert queue(501, 0).firing is True
    assert queue(None, 0).firing is None
    assert queue(None, 501).firing is True


def test_parked_and_redis() -> None:
    assert (dead_letters(0).firing, dead_letters(1).firing) == (False, True)
    assert (redis(is_up=None).firing, redis(is_up=True).firing, redis(is_up=False).firing) == (False, False, True)


@pytest.mark.parametrize(
    ("silent_s", "watched_s", "is_redis_up", "firing"),
    [
        (30, 5, None, False),
        (121, 300, None, True),
        (121, 300, True, True),
        (40_000, 60, None, None),  # started a minute ago: yesterday's check says nothing
        (121, 300, False, None),  # Redis is away, and has an alert of its own
        (-3600, 120, None, None),  # the clock was set back
        (-3600, 121, None, True),  # and nobody has come since
        (-60, 300, None, False),
    ],
)
def test_a_silent_worker(silent_s: float, watched_s: float, is_redis_up: bool | None, firing: bool | None) -> None:
    assert worker(silent_s, watched_s=watched_s, is_redis_up=is_redis_up).firing is firing


def test_times_are_spoken() -> None:
    assert [duration_in_words(s) for s in (1, 59, 60, 3600, 7199, 3 * 86400)] == [
        "1 second",
        "59 seconds",
        "1 minute",
        "1 hour",
        "1 hour",
        "3 days",
    ]


def test_the_ai_budget_warns_from_four_fifths_on() -> None:
    assert [rules.ai_budget(share).firing for share in (None, 0.8, 0.81, 1.0)] == [None, False, True, True]


def test_a_session_that_waits_warns() -> None:
    assert [rules.sessions(waiting).firing for waiting in (None, 0, 1)] == [None, False, True]
