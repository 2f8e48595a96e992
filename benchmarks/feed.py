"""Measure the time of a change to every screen: a finished attempt for 1,000 sockets, a chat message for 50.

    python -m benchmarks.feed [--members 1000] [--rounds 60]

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
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()
    os.environ["OUTBOX_EAGER"] = "true"  # the time of an attempt includes its listeners
    with redis_server() as (url, _), own_database("bench_feed", redis_url=url):
        from viral_engine.learning.services.catalogue import load_catalogue

        load_catalogue()
        measure(arguments.members, arguments.rounds)


def measure(members: int, rounds: int) -> None:
    large, small = create_learners(members), create_learners(CHATTING, prefix="c")
    with project_server() as server:
        for name, people, changes in (("a finished attempt", large, finishing), ("a chat message", small, chatting)):
            cohort = cohort_of(people)
            topic = f"cohort:{cohort}"
            swarm = LoadClients(socket_urls(server, people, len(people)), origin=server.url, topic=topic, marker=MARKER)
            baseline, times = asyncio.run(
                broadcast(swarm, bare(topic), changes(cohort, people, rounds + WARM_UP), rounds)
            )
            print(f"\n{len(people)} sockets in one cohort, one process, {rounds} times")
            report("baseline: a bare publish", baseline, baseline=baseline)
            report(f"{name}, drawn and published", times, baseline=baseline)


async def broadcast(
    swarm: LoadClients, publish: Callable[[], object], changes: list[Callable[[], object]], rounds: int
) -> tuple[list[float], list[float]]:
    """Milliseconds until the last socket has the message: of the baseline, and of the changes."""
    swarm.joins_at_once = True
    await swarm.connect()
    await swarm.until(lambda: swarm.joined >= len(swarm.clients))
    await swarm.quiet()
    baseline = [await until_seen(swarm, publish) for _ in range(rounds + WARM_UP)]
    times = [await until_seen(swarm, change) for change in changes]
    await swarm.close()
    return baseline[WARM_UP:], times[WARM_UP:]


async def until_seen(swarm: LoadClients, act: Callable[[], object]) -> float:
    swarm.marked, start_s = 0, perf_counter()
    await sync_to_async(act, thread_sensitive=True)()
    await swarm.until(lambda: swarm.marked >= len(swarm.clients))
    seen_ms = (swarm.last_frame_at_s - start_s) * 1000
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
