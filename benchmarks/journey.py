"""A learner's whole journey: CPU, statements and wall time of each step, in the request and in the relay.

    python -m benchmarks.journey [--learners 30] [--attempts 4]

Baseline: a logged-in page of the same run that reads one row. A step is one request through Django's handler, as the
server runs it; "relay" is the outbox work that the request leaves. CPU covers all threads of the process,
publishing included. The last lines are the figures that docs/performance.md keeps.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any

from benchmarks.harness import own_database, percentile
from tests.servers import redis_server

QUESTIONS = 5
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")
WARM_UP = 1


@dataclass(slots=True)
class Cost:
    """The measurements of one kind of step."""

    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)

    def mean_cpu_ms(self) -> float:
        return sum(self.cpu_ms) / len(self.cpu_ms)

    def mean_statements(self) -> float:
        return sum(self.statements) / len(self.statements)


class Meter:
    """Measures named steps; the first `skipped` measurements of each are warm-up."""

    def __init__(self) -> None:
        self.costs: defaultdict[str, Cost] = defaultdict(Cost)
        self.is_warm = False
        self._count = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        from django.db import connections

        self._count = 0
        with ExitStack() as stack:
            for one in connections.all():
                stack.enter_context(one.execute_wrapper(self._counted))
            wall, cpu = perf_counter(), process_time()
            yield
            cpu_ms, wall_ms = (process_time() - cpu) * 1000, (perf_counter() - wall) * 1000
        if self.is_warm:
            cost = self.costs[name]
            cost.cpu_ms.append(cpu_ms)
            cost.wall_ms.append(wall_ms)
            cost.statements.append(self._count)

    def _counted(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if not sql.startswith(CONTROL):
            self._count += 1
        return execute(sql, params, many, context)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=30, help="size of the one cohort")
    parser.add_argument("--attempts", type=int, default=4, help="attempts of each learner, the first of which warms up")
    arguments = parser.parse_args()
    os.environ["FEATURE_SIMULATED_PEERS"] = "false"
    with redis_server() as (url, _), own_database("bench_journey", redis_url=url):
        meter = Meter()
        measure(meter, learners=arguments.learners, attempts=arguments.attempts)
        print_costs(meter)


def measure(meter: Meter, *, learners: int, attempts: int) -> None:
    from django.conf import settings
    from django.test import Client

    from benchmarks.clients import create_learners as make_learners
    from benchmarks.feed import cohort_of
    from viral_engine.accounts.models import User
    from viral_engine.learning.services.catalogue import load_catalogue

    settings.ROOT_URLCONF = "benchmarks.journey_urls"
    settings.ALLOWED_HOSTS = ["*"]
    load_catalogue()
    ids = make_learners(learners)
    cohort_of(ids)
    clients = []
    for user in User.objects.filter(pk__in=ids):
        client = Client(headers={"user-agent": BROWSER})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        clients.append(client)
    for number in range(attempts):
        meter.is_warm = number >= WARM_UP
        for client in clients:
            walk(meter, client)


def walk(meter: Meter, client: Any) -> None:
    """One attempt of five questions, four of them right, from the start to the offer."""
    from viral_engine.learning.models import Attempt

    with meter.step("baseline: a logged-in page with one query"):
        client.get("/baseline/")
    with meter.step("start"):
        where = client.post("/practice/start/algebra/")["Location"]
    attempt = where.rstrip("/").rpartition("/")[2]
    with meter.step("page of the attempt"):
        client.get(where)
    solutions = Attempt.objects.get(pk=attempt).answers.values_list("question__answer", flat=True).order_by("position")
    for position, solution in enumerate(list(solutions)):
        choice = solution if position < QUESTIONS - 1 else (solution + 1) % 4
        with meter.step("answer"):
            client.post(f"{where}answer/", {"position": position, "choice": choice}, headers={"hx-request": "true"})
    with meter.step("finish"):
        client.post(f"{where}finish/")
    with meter.step("relay, after finish"):
        drain()
    with meter.step("result page"):
        client.get(f"/results/{attempt}/")
    with meter.step("offer under the result"):
        client.post(f"/loops/after/{attempt}/")


def drain() -> None:
    """Run what the finished attempt causes, as the relay does once the request has committed."""
    from viral_engine.kernel import outbox
    from viral_engine.kernel.clock import now

    outbox.drain(at=now())


def print_costs(meter: Meter) -> None:
    costs = dict(meter.costs)
    base = costs["baseline: a logged-in page with one query"].mean_cpu_ms()
    print(f"{'':<44} statements  CPU ms    x page   wall p50   p95 (ms)")
    for name, cost in costs.items():
        cpu = cost.mean_cpu_ms()
        print(
            f"{name:<44} {cost.mean_statements():10.1f} {cpu:7.2f} {cpu / base:9.2f} "
            f"{percentile(cost.wall_ms, 0.5):10.2f} {percentile(cost.wall_ms, 0.95):8.2f}"
        )
    web = [name for name in costs if not name.startswith(("baseline", "relay"))]
    times = {name: QUESTIONS if name == "answer" else 1 for name in web}
    statements = sum(costs[name].mean_statements() * times[name] for name in web)
    cpu = sum(costs[name].mean_cpu_ms() * times[name] for name in web)
    relay = costs["relay, after finish"]
    print(f"\nweb, whole attempt: {statements:.0f} statements, {cpu:.1f} ms of CPU, {cpu / base:.1f} x page")
    print(
        f"relay, a finished attempt: {relay.mean_statements():.0f} statements, {relay.mean_cpu_ms():.1f} ms, "
        f"{relay.mean_cpu_ms() / base:.1f} x page"
    )
    finish = costs["finish"]
    together = finish.mean_cpu_ms() + relay.mean_cpu_ms()
    in_all = finish.mean_statements() + relay.mean_statements()
    print(f"finish request: {finish.mean_statements():.0f} statements, {finish.mean_cpu_ms() / base:.1f} x page")
    print(f"a finished attempt, listeners included: {in_all:.0f} statements, {together / base:.1f} x page")


if __name__ == "__main__":
    main()
