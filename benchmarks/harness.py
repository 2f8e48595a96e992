"""A temporary PostgreSQL database, timers and percentiles for the benchmarks."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

import psycopg
from psycopg.sql import SQL, Identifier

SERVER = os.environ.get("BENCH_POSTGRES", "postgres@127.0.0.1:5432")


@contextmanager
def own_database(name: str, *, redis_url: str = "") -> Iterator[None]:
    """Set Django up on a new database, and drop the database at the end.

    With BENCH_TEMPLATE, the name of a migrated database, the new one is its copy.
    """
    template = os.environ.get("BENCH_TEMPLATE", "")
    create_database(name, template or "template1")
    os.environ |= {"DATABASE_URL": f"postgres://{SERVER}/{name}", "REDIS_URL": redis_url}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
    import django  # the settings read the environment at import

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.backends.postgresql.base import DatabaseWrapper

    if not template:
        call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connection.close()
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()
        drop_database(name)


@contextmanager
def migrated_template() -> Iterator[str]:
    """The name of a migrated database without connections, to copy from."""
    name = "bench_template"
    create_database(name, "template1")
    environment = os.environ | {"DATABASE_URL": f"postgres://{SERVER}/{name}"}
    try:
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=environment, check=True)
        yield name
    finally:
        drop_database(name)


def create_database(name: str, template: str) -> None:
    drop_database(name)
    with psycopg.connect(f"postgresql://{SERVER}/postgres", autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))


def drop_database(name: str) -> None:
    with psycopg.connect(f"postgresql://{SERVER}/postgres", autocommit=True) as admin:
        admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def timed(act: Callable[[], object]) -> float:
    """The duration of one call in milliseconds."""
    start = perf_counter()
    act()
    return (perf_counter() - start) * 1000


def percentile(times: Sequence[float], share: float) -> float:
    """The percentile by nearest rank; share is 0..1."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(name: str, times: Sequence[float], *, baseline: Sequence[float]) -> None:
    p50, p95, p99 = (percentile(times, share) for share in (0.50, 0.95, 0.99))
    ratio = p50 / percentile(baseline, 0.50)
    print(f"{name:<44} p50 {p50:7.2f} ms  p95 {p95:7.2f} ms  p99 {p99:7.2f} ms   {ratio:5.2f} x baseline")
