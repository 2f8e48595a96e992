"""Export a person whom 10,000 rows name: python -m benchmarks.export

Prints seconds and the peak of memory, for both formats. The issue asks for less than 5 s and constant memory.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from time import perf_counter
from uuid import uuid4

from benchmarks.harness import own_database

ROWS = (1_000, 10_000)


def fill(rows: int) -> int:
    """Make a person with so many rows in the logs, the chat and the feed; returns the id."""
    from feeds.models import Message
    from viral_engine.accounts.models import Cohort, User
    from viral_engine.kernel.clock import now
    from viral_engine.kernel.models import Decision, LoggedEvent

    at = now()
    ada = User.objects.create_user(username=f"ada-{rows}", password=None)
    cohort, _ = Cohort.objects.get_or_create(name="Comets")
    third = rows // 3
    LoggedEvent.objects.bulk_create(
        LoggedEvent(type="practice_started", actor_id=ada.pk, at=at, properties={"skill": "algebra"})
        for _ in range(third)
    )
    Decision.objects.bulk_create(
        Decision(agent="orchestrator", actor_id=ada.pk, type="x", outcome="none", rationale="Because.", decided_at=at)
        for _ in range(third)
    )
    before = Message.objects.count()
    Message.objects.bulk_create(
        Message(
            cohort=cohort,
            author=ada,
            seq=before + number + 1,
            text="Hello",
            key=uuid4(),
            at=at + timedelta(seconds=number),
        )
        for number in range(rows - 2 * third)
    )
    return ada.pk


def measure(parts: Callable[[], Iterator[str]]) -> tuple[float, float, int]:
    """Seconds without, and peak MB with the tracer of memory; and the size in characters."""
    started = perf_counter()
    size = sum(len(part) for part in parts())
    seconds = perf_counter() - started
    tracemalloc.start()
    for _ in parts():
        continue
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return seconds, peak / 1e6, size


def main() -> None:
    with own_database("bench_export"):
        from viral_engine.accounts.models import User
        from viral_engine.accounts.services.exports import html_parts, json_parts
        from viral_engine.kernel.clock import now

        for rows in ROWS:
            ada = User.objects.get(pk=fill(rows))
            for name, parts in (("JSON", json_parts), ("HTML", html_parts)):
                seconds, peak_mb, size = measure(partial(parts, ada, at=now()))
                print(f"{rows:6} rows  {name}  {seconds:6.2f} s  peak {peak_mb:5.1f} MB  {size / 1e6:5.1f} MB written")


if __name__ == "__main__":
    main()
