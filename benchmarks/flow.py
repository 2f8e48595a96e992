"""Finished attempts a second: one web process and one relay, PostgreSQL and Redis, every listener done.

    python -m benchmarks.flow [--attempts 200] [--at-once 8] [--rate 0]

Attempts are prepared with every question answered, so a request does nothing but finish. `--rate 0` finishes as fast as
the site takes them; another rate is requests a second. A run sustains its rate when every durable listener has run
within 2 s of the attempt's end. CPU is that of the web process and of the relay.
"""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter, sleep

import httpx

from benchmarks.clients import create_learners as make_learners
from benchmarks.clients import project_server
from benchmarks.harness import own_database, percentile
from tests.servers import ROOT, redis_server

COHORT = 30
LISTENERS_DONE_S = 2.0
CSRF = "b" * 32
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Flow:
    """One run: milliseconds of each finish request, its failures, and seconds until the outbox was empty."""

    request_ms: list[float] = field(default_factory=list)
    failed: int = 0
    took_s: float = 0.0
    outbox_s: float = 0.0
    web_cpu_s: float = 0.0
    relay_cpu_s: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--rate", type=float, default=0.0, help="a second; 0 is as fast as the site takes them")
    arguments = parser.parse_args()
    os.environ["FEATURE_SIMULATED_PEERS"] = "false"
    with redis_server() as (url, _), own_database("bench_flow", redis_url=url):
        from viral_engine.learning.services.catalogue import load_catalogue

        load_catalogue()
        people = make_learners(arguments.attempts)
        enroll(people)
        attempts, cookies = prepare(people), sessions(people)
        with project_server() as server, relay() as process:
            web_before, relay_before = server.cpu_s(), cpu_s(process.pid)
            flow = asyncio.run(finish_all(server.url, attempts, cookies, arguments.at_once, arguments.rate))
            flow.outbox_s = until_done()
            flow.web_cpu_s = server.cpu_s() - web_before
            flow.relay_cpu_s = cpu_s(process.pid) - relay_before
    print_flow(flow)


def enroll(people: list[int]) -> None:
    """Create cohorts of thirty, like a school."""
    from viral_engine.accounts.models import Cohort, CohortMembership
    from viral_engine.kernel.clock import now

    at = now()
    cohorts = Cohort.objects.bulk_create(Cohort(name=f"Cohort {n}") for n in range(len(people) // COHORT + 1))
    CohortMembership.objects.bulk_create(
        CohortMembership(cohort=cohorts[n // COHORT], user_id=person, is_primary=True, joined_at=at)
        for n, person in enumerate(people)
    )


def prepare(people: list[int]) -> list[str]:
    """Ids of attempts whose five questions are answered, four of them rightly."""
    from viral_engine.kernel.clock import now
    from viral_engine.learning.models import Answer, Attempt, Skill

    at = now()
    skill = Skill.objects.select_related("subject").get(slug="algebra")
    questions = list(skill.questions.all()[:5])
    attempts = Attempt.objects.bulk_create(
        Attempt(user_id=person, subject=skill.subject, skill=skill, started_at=at) for person in people
    )
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            position=place,
            question=question,
            choice=question.answer if place else (question.answer + 1) % 4,
            is_correct=bool(place),
            answered_at=at,
        )
        for attempt in attempts
        for place, question in enumerate(questions)
    )
    return [str(attempt.pk) for attempt in attempts]


def sessions(people: list[int]) -> list[str]:
    """The session key of each person, logged in."""
    from django.test import Client

    from viral_engine.accounts.models import User

    keys = []
    by_id = User.objects.in_bulk(people)
    for person in people:
        client = Client()
        client.force_login(by_id[person], backend="allauth.account.auth_backends.AuthenticationBackend")
        keys.append(client.cookies["sessionid"].value)
    return keys


@contextmanager
def relay() -> Iterator["subprocess.Popen[bytes]"]:
    """A relay on the benchmark's own database and Redis; it is ready once it holds the outbox."""
    from viral_engine.kernel.models import Exclusive

    command = [sys.executable, "manage.py", "relay"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ) as process:  # noqa: S603  (our own words)
        try:
            while not Exclusive.objects.filter(held_until__isnull=False).exists():
                sleep(0.1)
            yield process
        finally:
            process.terminate()
            process.wait(30)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def finish_all(url: str, attempts: list[str], cookies: list[str], at_once: int, rate: float) -> Flow:
    flow, gate = Flow(), asyncio.Semaphore(at_once)
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:

        async def finish(attempt: str, session: str) -> None:
            async with gate:
                started = perf_counter()
                headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
                answer = await client.post(f"/practice/{attempt}/finish/", headers=headers)
                flow.request_ms.append((perf_counter() - started) * 1000)
                flow.failed += answer.status_code != httpx.codes.FOUND

        started, running = perf_counter(), []
        for number, (attempt, session) in enumerate(zip(attempts, cookies, strict=True)):
            if rate:
                await asyncio.sleep(max(0.0, started + number / rate - perf_counter()))
            running.append(asyncio.create_task(finish(attempt, session)))
        await asyncio.gather(*running)
        flow.took_s = perf_counter() - started
    return flow


def until_done() -> float:
    """Seconds until no delivery waits."""
    from viral_engine.kernel.models import Delivery

    started = monotonic()
    while Delivery.objects.filter(processed_at=None).exists() and monotonic() - started < 120:
        sleep(0.05)
    return monotonic() - started


def print_flow(flow: Flow) -> None:
    count = len(flow.request_ms)
    p50, p95 = percentile(flow.request_ms, 0.5), percentile(flow.request_ms, 0.95)
    kept_up = "kept up" if flow.outbox_s <= LISTENERS_DONE_S else "fell behind"
    print(f"{count} attempts finished in {flow.took_s:.1f} s: {count / flow.took_s:.1f} a second, {flow.failed} failed")
    print(f"finish request p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    print(f"CPU an attempt: web {flow.web_cpu_s / count * 1000:.1f} ms, relay {flow.relay_cpu_s / count * 1000:.1f} ms")
    print(f"outbox empty {flow.outbox_s:.1f} s after the last request: the listeners {kept_up}")


if __name__ == "__main__":
    main()
