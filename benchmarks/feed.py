"""Measure the time of a change to every screen: a finished attempt for 1,000 sockets, a chat message for 50.

    python -m benchmarks.feed [--members 1000] [--repeats 60]

Baseline: one message published to the same room without any work. This process makes the change as a request or a
worker does: it commits, draws and publishes. The time ends when the last socket has the message.
"""

import argparse
import asyncio
import os
from collections.abc import Callable
from functools import partial
from time import perf_counter
from uuid import uuid4

from asgiref.sync import sync_to_async

from benchmarks.clients import create_learners, project_server, socket_urls
from benchmarks.harness import own_database, report
from benchmarks.load_clients import LoadClients
from tests.servers import redis_server

CHATTING = 50
WARM_UP = 3
MARKER = b'"new_'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=60)
    arguments = parser.parse_args()
    os.environ["OUTBOX_EAGER"] = "true"  # the time of an attempt includes its listeners
    with redis_server() as (url, _), own_database("bench_feed", redis_url=url):
        from viral_engine.learning.services.catalogue import load_catalogue

        load_catalogue()
        measure(arguments.members, arguments.repeats)


def measure(members: int, repeats: int) -> None:
    large, small = create_learners(members), create_learners(CHATTING, prefix="c")
    with project_server() as server:
        for name, people, changes in (("a finished attempt", large, finishing), ("a chat message", small, chatting)):
            cohort = cohort_of(people)
            topic = f"cohort:{cohort}"
            fleet = LoadClients(socket_urls(server, people, len(people)), origin=server.url, topic=topic, marker=MARKER)
            baseline, times = asyncio.run(
                broadcast(fleet, bare(topic), changes(cohort, people, repeats + WARM_UP), repeats)
            )
            print(f"\n{len(people)} sockets in one cohort, one process, {repeats} times")
            report("baseline: a bare publish", baseline, baseline=baseline)
            report(f"{name}, drawn and published", times, baseline=baseline)


async def broadcast(
    fleet: LoadClients, publish: Callable[[], object], changes: list[Callable[[], object]], repeats: int
) -> tuple[list[float], list[float]]:
    """Milliseconds until the last socket has the message: of the baseline, and of the changes."""
    fleet.joins_at_once = True
    await fleet.connect()
    await fleet.until(lambda: fleet.joined >= len(fleet.clients))
    await fleet.quiet()
    baseline = [await until_seen(fleet, publish) for _ in range(repeats + WARM_UP)]
    times = [await until_seen(fleet, change) for change in changes]
    await fleet.close()
    return baseline[WARM_UP:], times[WARM_UP:]


async def until_seen(fleet: LoadClients, act: Callable[[], object]) -> float:
    fleet.marked, start_s = 0, perf_counter()
    await sync_to_async(act, thread_sensitive=True)()
    await fleet.until(lambda: fleet.marked >= len(fleet.clients))
    seen_ms = (fleet.last_frame_at_s - start_s) * 1000
    await asyncio.sleep(0.05)
    return seen_ms


def bare(topic: str) -> Callable[[], object]:
    from viral_engine.kernel.pubsub import publish_now

    return lambda: publish_now(topic, "new_activity", {"type": "nothing"})


def cohort_of(people: list[int]) -> int:
    from viral_engine.accounts.models import Cohort, CohortMembership
    from viral_engine.kernel.clock import now

    at = now()
    cohort = Cohort.objects.create(name=f"Cohort of {len(people)}")
    CohortMembership.objects.bulk_create(
        CohortMembership(cohort=cohort, user_id=person, joined_at=at) for person in people
    )
    return cohort.pk


def finishing(_: int, people: list[int], count: int) -> list[Callable[[], object]]:
    """Attempts with all questions answered, ready to be finished."""
    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now
    from viral_engine.learning.models import Attempt, Skill
    from viral_engine.learning.services import attempts as learning_attempts
    from viral_engine.learning.services import completion

    skill = Skill.objects.select_related("subject").get(slug="algebra")
    attempts = []
    for user in User.objects.filter(pk__in=people[:count]):
        attempt = learning_attempts.start_practice(user=user, skill=skill, at=now())
        for answer in attempt.answers.select_related("question"):
            learning_attempts.answer_question(attempt=attempt, position=answer.position, choice=0, at=now())
        attempts.append(attempt)

    def finish(attempt: Attempt) -> None:
        completion.finish_attempt(attempt=attempt, at=now())

    return [partial(finish, attempt) for attempt in attempts]


def chatting(cohort: int, people: list[int], count: int) -> list[Callable[[], object]]:
    from feeds.services import chat
    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now

    authors = list(User.objects.filter(pk__in=people))

    def say(number: int) -> None:
        author = authors[number % len(authors)]
        chat.post_message(author=author, cohort_id=cohort, text=f"Line {number}", key=uuid4(), at=now())

    return [partial(say, number) for number in range(count)]


if __name__ == "__main__":
    main()
