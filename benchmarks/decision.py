"""Measure one decision of the orchestrator on PostgreSQL against the round trips it needs.

    python -m benchmarks.decision [--decisions 1000] [--events 200000]
    python -m benchmarks.decision --rate 50 [--seconds 60]

Baseline: 12 `SELECT 1` and a commit on the same connection. It also measures one link and one share card.

With --rate, all triggers run in turn at a fixed rate; the time of a decision starts when it is due, even if the one
before still runs. Each event belongs to another person, who gets an offer, the most expensive outcome.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter, sleep

from benchmarks.harness import own_database, percentile, report, timed
from benchmarks.triggers import create_people, decisions_for, events_of, practice_completed
from viral_engine.kernel.events import Event

WARM_UP = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1000)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rate", type=int, default=0, help="events a second")
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    with own_database("bench_decision"):
        if arguments.rate:
            measure_rate(arguments.rate, arguments.seconds, arguments.events)
        else:
            measure(arguments.decisions, arguments.events)


def measure(decisions: int, events: int) -> None:
    from loops.buddy_challenge.card import ChallengeCard, draw_challenge_card
    from loops.core.links import create_link
    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now
    from viral_engine.learning.services import load_catalogue

    load_catalogue()
    at = now()
    offers = [practice_completed(user_id, at) for user_id in create_people(["student"] * (decisions + WARM_UP), at)]
    fill_logs(events, at)

    baseline = [timed(partial(round_trips, 12)) for _ in range(300)]
    for event in offers[:WARM_UP]:
        offer(event, at)
    times = [timed(partial(offer, event, at)) for event in offers[WARM_UP:]]
    referrer = User.objects.get(username="t0")
    make_link = partial(create_link, loop_name="buddy_challenge", referrer=referrer, at=at)
    links = [timed(make_link) for _ in range(300)]
    cards = [timed(partial(draw_challenge_card, ChallengeCard("A friend", n, "Algebra", "Site"))) for n in range(60)]
    print(f"{decisions} decisions, {events} events and as many decisions already in the logs\n")
    report("baseline: 12 round trips and a commit", baseline, baseline=baseline)
    report("decision: offer with deck, link, challenge", times, baseline=baseline)
    report("link creation", links, baseline=baseline)
    report("share card, uncached (no database)", cards, baseline=baseline)


def measure_rate(rate: int, seconds: int, events: int) -> None:
    from viral_engine.kernel.clock import now
    from viral_engine.learning.services import load_catalogue

    load_catalogue()
    at = now()
    calls = decisions_for(events_of(rate * seconds + WARM_UP, at), at)
    fill_logs(events, at)
    baseline = [timed(partial(round_trips, 12)) for _ in range(300)]
    for _, decide in calls[:WARM_UP]:
        decide()
    times, asked, offered = paced(calls[WARM_UP:], rate)
    print(f"{rate} events a second for {seconds} s, {events} events and as many decisions already in the logs\n")
    report("baseline: 12 round trips and a commit", baseline, baseline=baseline)
    for name in sorted(times):
        report(f"{name}, {asked[name]} queries", times[name], baseline=baseline)
        print(f"{'':<4}offered: {', '.join(sorted(offered[name]))}")
    together = [one for some in times.values() for one in some]
    report("all triggers", together, baseline=baseline)
    print(f"p95 {percentile(together, 0.95):.1f} ms and {max(asked.values())} queries; the aim is 25 ms and 15 queries")


def paced(
    calls: list[tuple[str, Callable[[], str]]], rate: int
) -> tuple[dict[str, list[float]], dict[str, int], dict[str, set[str]]]:
    """Per trigger: milliseconds since each decision was due, the most statements, and the offered loops."""
    from django.db import connection

    times: dict[str, list[float]] = defaultdict(list)
    asked, offered = defaultdict[str, int](int), defaultdict[str, set[str]](set)
    start = perf_counter()
    for number, (name, decide) in enumerate(calls):
        due = start + number / rate
        sleep(max(0.0, due - perf_counter()))
        statements = Statements()
        with connection.execute_wrapper(statements):
            loop = decide()
        times[name].append((perf_counter() - due) * 1000)
        asked[name] = max(asked[name], statements.count)
        offered[name].add(loop or "nothing")
    return times, asked, offered


class Statements:
    """Counts database statements, without savepoints."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., object], sql: str, *rest: object) -> object:
        self.count += not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
        return execute(sql, *rest)


def round_trips(count: int) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for _ in range(count):
            cursor.execute("SELECT 1")


def offer(event: Event, at: datetime) -> None:
    from loops.core import orchestrator

    choice = orchestrator.trigger_event(event, at)
    assert choice.loop == "buddy_challenge"  # noqa: S101  (no offer would be cheaper)


def fill_logs(count: int, at: datetime) -> None:
    """Fill the logs like a site some weeks old, so that a missing index shows."""
    from django.db import connection

    from viral_engine.kernel.models import Decision, LoggedEvent
    from viral_engine.learning.events import PracticeCompleted

    def when(n: int) -> datetime:
        return at - timedelta(seconds=n)

    LoggedEvent.objects.bulk_create(
        (LoggedEvent(type=PracticeCompleted.type, actor_id=n % 5000, at=when(n)) for n in range(count)), batch_size=5000
    )
    Decision.objects.bulk_create(
        (
            Decision(
                agent="trust_safety",
                actor_id=10**6 + n % 5000,
                type="trigger_loop",
                outcome="allow",
                decided_at=when(n),
            )
            for n in range(count)
        ),
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
