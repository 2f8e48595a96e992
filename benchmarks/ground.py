"""What benchmarks stand on: an empty PostgreSQL database of their own, and honest percentiles."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

import psycopg

SERVER = os.environ.get("BENCH_POSTGRES", "postgres@127.0.0.1:5432")


@contextmanager
def own_database(name: str, *, redis_url: str = "") -> Iterator[None]:
    """Django is set up on a new database, which is dropped at the end."""
    dsn = f"postgresql://{SERVER}/postgres"
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type, unused-ignore]
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type, unused-ignore]
    os.environ |= {"DATABASE_URL": f"postgres://{SERVER}/{name}", "REDIS_URL": redis_url}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
    import django  # the settings read the environment at import

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # the PostgreSQL back end's own
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type, unused-ignore]


def timed(act: Callable[[], object]) -> float:
    """Milliseconds."""
    start = perf_counter()
    act()
    return (perf_counter() - start) * 1000


def percentile(times: Sequence[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(name: str, times: Sequence[float], *, baseline: Sequence[float]) -> None:
    p50, p95, p99 = (percentile(times, share) for share in (0.50, 0.95, 0.99))
    ratio = p50 / percentile(baseline, 0.50)
    print(f"{name:<44} p50 {p50:7.2f} ms  p95 {p95:7.2f} ms  p99 {p99:7.2f} ms   {ratio:5.2f} x baseline")
