"""One decision of the orchestrator on PostgreSQL, beside the bare round trips it cannot avoid.

    python -m benchmarks.decision [--decisions 1000] [--events 200000]

Baseline: 12 `SELECT 1` and a commit on the same connection. Also: making one link, drawing one card.
"""

import argparse
from datetime import datetime, timedelta
from functools import partial

from benchmarks.ground import own_database, report, timed
from viral_engine.kernel.events import Event

WARM_UP = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1000)
    parser.add_argument("--events", type=int, default=200_000)
    arguments = parser.parse_args()
    with own_database("bench_decision"):
        measure(arguments.decisions, arguments.events)


def measure(decisions: int, events: int) -> None:
    from django.db import connection, transaction

    from loops import services
    from loops.media.card import CardText, draw_challenge_card
    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now
    from viral_engine.learning.services import load_catalogue

    load_catalogue()
    at = now()
    offers = [completed(user_id, at) for user_id in learners(decisions + WARM_UP, at)]
    fill_logs(events, at)

    def round_trips() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for _ in range(12):
                cursor.execute("SELECT 1")

    baseline = [timed(round_trips) for _ in range(300)]
    for event in offers[:WARM_UP]:
        offer(event, at)
    times = [timed(partial(offer, event, at)) for event in offers[WARM_UP:]]
    inviter = User.objects.get(username="u0")
    make_link = partial(services.create_link, loop_name="buddy_challenge", inviter=inviter, at=at)
    links = [timed(make_link) for _ in range(300)]
    cards = [timed(partial(draw_challenge_card, CardText("A friend", n, "Algebra", "Site"))) for n in range(60)]
    print(f"{decisions} decisions, {events} events and as many decisions already in the logs\n")
    report("baseline: 12 round trips and a commit", baseline, baseline=baseline)
    report("decision: offer with deck, link, challenge", times, baseline=baseline)
    report("link creation", links, baseline=baseline)
    report("share card, uncached (no database)", cards, baseline=baseline)


def offer(event: Event, at: datetime) -> None:
    from loops import orchestrator

    choice = orchestrator.trigger_event(event, at)
    assert choice.loop == "buddy_challenge"  # noqa: S101  (a refusal would be cheaper)


def learners(count: int, at: datetime) -> list[int]:
    from viral_engine.accounts.models import User

    born = at.date().replace(year=at.year - 15, day=1)
    people = [User(username=f"u{n}", email=None, role="student", birthdate=born) for n in range(count)]
    return [user.pk for user in User.objects.bulk_create(people)]


def completed(user_id: int, at: datetime) -> Event:
    from viral_engine.learning.events import PracticeCompleted
    from viral_engine.learning.models import Attempt, Skill

    attempt = Attempt.objects.create(user_id=user_id, skill=Skill.objects.get(slug="algebra"), started_at=at)
    return PracticeCompleted(
        actor_id=user_id,
        attempt_id=str(attempt.pk),
        subject="math",
        skill="algebra",
        kind="practice",
        score=80,
        duration_s=60,
    )


def fill_logs(count: int, at: datetime) -> None:
    """Logs as a site of some weeks has them, so that an index that is missing shows."""
    from django.db import connection

    from viral_engine.kernel.models import Decision, LoggedEvent

    def when(n: int) -> datetime:
        return at - timedelta(seconds=n)

    LoggedEvent.objects.bulk_create(
        (LoggedEvent(type="practice_completed", actor_id=n % 5000, at=when(n)) for n in range(count)), batch_size=5000
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
