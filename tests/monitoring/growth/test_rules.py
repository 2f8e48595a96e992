"""The arithmetic, against numbers worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.rules.k_factor import Estimate, Sums, k_factor, mature_until, mean_per_referrer, read_out
from monitoring.growth.rules import log_histogram
from monitoring.growth.rules.counting import MemberFacts, referrer_facts
from monitoring.growth.rules.filters import DashboardFilter, iso_week, monday_of
from viral_engine import formatting as fmt

AT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def test_k_is_the_product_of_its_two_factors() -> None:
    """200 exposed, 80 of them sent 300 invites, 90 people joined: 1.5 x 0.3."""
    found = k_factor(
        Sums(people=200, inviting=80, invites=300, referees=90, referees_squared=170, sign_ups=60, sign_ups_squared=90)
    )
    assert (found.invites_per_referrer, found.referees_per_invite) == (1.5, 0.3)
    assert found.fvm.value == pytest.approx(0.45)
    assert found.sign_up.value == 0.3


def test_the_interval_is_the_delta_method_by_hand() -> None:
    """Mean 0.45, variance (170 - 90^2 / 200) / 199 = 0.650754, deviation of the mean 0.057042, on the log 0.126760."""
    found = mean_per_referrer(200, 90, 170)
    assert found.low == pytest.approx(0.45 * 2.718281828 ** (-1.959964 * 0.126760), abs=1e-4)
    assert found.high == pytest.approx(0.45 * 2.718281828 ** (1.959964 * 0.126760), abs=1e-4)
    assert (round(found.low or 0, 3), round(found.high or 0, 3)) == (0.351, 0.577)


def test_one_referrer_of_many_friends_widens_the_interval() -> None:
    """The same 90 referees: one each of 90 referrers, or 30 each of three."""
    alone, clustered = mean_per_referrer(200, 90, 90), mean_per_referrer(200, 90, 2700)
    assert (clustered.high or 0) - (clustered.low or 0) > 5 * ((alone.high or 0) - (alone.low or 0))


def test_nobody_and_nothing_have_no_false_numbers() -> None:
    assert mean_per_referrer(0, 0, 0) == Estimate(0, 0, None, None, None)
    nothing = mean_per_referrer(100, 0, 0)
    assert (nothing.value, nothing.low, round(nothing.high or 0, 4)) == (0.0, 0.0, 0.0369)
    assert mean_per_referrer(1, 4, 16) == Estimate(1, 4, 4.0, None, None)
    assert k_factor(Sums(people=3, referees=2, referees_squared=2)).referees_per_invite is None


@given(st.lists(st.integers(0, 40), min_size=1, max_size=200))
def test_bounds_enclose_k_and_are_never_nan(referees: list[int]) -> None:
    found = mean_per_referrer(len(referees), sum(referees), sum(one**2 for one in referees))
    if found.low is not None and found.high is not None:
        assert 0 <= found.low <= (found.value or 0) <= found.high < float("inf")


@pytest.mark.parametrize(
    ("found", "is_mature", "word", "reason"),
    [
        (Estimate(200, 300, 1.5, 1.3, 1.7), True, "pass", "The whole interval lies above 1.20."),
        (Estimate(200, 300, 1.5, 1.3, 1.7), False, "not yet", "The cohort has not had its 14 days."),
        (Estimate(200, 100, 0.5, 0.4, 0.6), True, "fail", "The whole interval lies below 1.20."),
        (Estimate(200, 260, 1.3, 1.1, 1.5), True, "not yet", "The interval contains 1.20."),
        (Estimate(200, 260, 1.3, 1.2, 1.5), True, "not yet", "The interval contains 1.20."),
        (Estimate(99, 300, 3.0, 2.3, 3.7), True, "not yet", "99 referrers; 100 are needed."),
        (Estimate(0, 0, None, None, None), True, "not yet", "Nobody was shown it in these days."),
    ],
)
def test_a_verdict_needs_maturity_people_and_one_side_of_the_target(
    found: Estimate, is_mature: bool, word: str, reason: str
) -> None:
    verdict = read_out(found, is_mature=is_mature)
    assert (verdict.word, verdict.reason) == (word, reason)


def test_what_counts_is_what_came_in_14_days_after_the_first_exposure() -> None:
    hour, fortnight = timedelta(hours=1), timedelta(days=14)
    found = referrer_facts(
        MemberFacts(1, "student"),
        "buddy_challenge",
        exposures=[AT + hour, AT],
        invites=[AT - hour, AT, AT + fortnight - hour, AT + fortnight],
        referees=[AT - hour, AT + hour, AT + 25 * hour, AT + fortnight],
        sign_ups=[AT + hour],
    )
    assert found is not None
    assert (found.exposed_at, found.invites, found.joined_after, found.sign_ups) == (AT, 2, (0, 1), 1)
    assert referrer_facts(MemberFacts(1, ""), "x", exposures=[], invites=[AT], referees=[AT], sign_ups=[]) is None


def test_percentiles_from_buckets_are_near_the_truth() -> None:
    values = [1.05**n for n in range(300)]
    counts: dict[int, int] = {}
    for value in values:
        counts[log_histogram.bucket(value)] = counts.get(log_histogram.bucket(value), 0) + 1
    for share in (0.5, 0.95):
        truth = values[int(share * len(values)) - 1]
        assert abs((log_histogram.percentile(counts, share) or 0) / truth - 1) < 0.1
    assert log_histogram.percentile({}, 0.5) is None
    assert [log_histogram.bucket(value) for value in (0, 0.9, 1, 2, 4)] == [0, 0, 1, 5, 9]


@given(st.floats(0, 2**29))
def test_an_amount_stands_in_its_bucket(amount: float) -> None:
    assert log_histogram.bucket(amount) - 1e-6 <= log_histogram.place(amount) <= log_histogram.bucket(amount) + 1 + 1e-6


def test_a_choice_names_its_days() -> None:
    today = date(2026, 3, 20)
    assert mature_until(today) == date(2026, 3, 5)
    assert DashboardFilter(7).period(today) == (date(2026, 3, 14), today)
    assert DashboardFilter(7).cohorts(today) == (date(2026, 2, 27), date(2026, 3, 5))
    assert DashboardFilter(7).is_mature(today)
    assert DashboardFilter(7, cohort="latest").cohorts(today) == (date(2026, 3, 14), today)
    assert not DashboardFilter(7, cohort="latest").is_mature(today)
    assert DashboardFilter(7, cohort="2026-03-05").is_mature(today)
    assert not DashboardFilter(7, cohort="2026-03-06").is_mature(today)


def test_weeks_are_iso_weeks() -> None:
    assert iso_week(date(2026, 3, 4)) == "2026-W10"
    assert iso_week(date(2027, 1, 1)) == "2026-W53"
    assert monday_of(date(2026, 3, 8)) == date(2026, 3, 2)


def test_numbers_are_told_as_people_read_them() -> None:
    assert [fmt.share(1, 3), fmt.share(1, 300), fmt.share(0, 3), fmt.share(0, 0)] == [
        "33%",
        "0.3%",
        "0%",
        "n/a",
    ]
    assert [fmt.money(1234), fmt.money(-50)] == ["$12.34", "\N{MINUS SIGN}$0.50"]
    assert [fmt.duration(30), fmt.duration(90), fmt.duration(7200), fmt.duration(None)] == [
        "30 s",
        "1.5 min",
        "2 h",
        "n/a",
    ]
    assert [fmt.duration_range(1, 1.19), fmt.duration_range(304.4, 362)] == [
        "1.0 to 1.2 s",
        "5.1 min to 6 min",
    ]
    assert fmt.days(date(2026, 3, 3), date(2026, 3, 9)) == "3 to 9 Mar"
    assert fmt.days(date(2026, 2, 27), date(2026, 3, 5)) == "27 Feb to 5 Mar"
