"""Dump and load a database: `pg_dump` and `pg_restore` for PostgreSQL, the backup API for SQLite."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection, connections


class BackupFailed(Exception):
    """A step of a backup or restore failed; the text says which, and what to do."""


def dump(into: Path) -> None:
    """Write a consistent copy of the database while the site runs."""
    if connection.vendor == "postgresql":
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={into}", _name())
        return
    with closing(sqlite3.connect(_name())) as source, closing(sqlite3.connect(into)) as target:
        source.backup(target)


def verify(copy: Path) -> None:
    """Read the whole copy back. Raises  BackupFailed."""
    if connection.vendor == "postgresql":
        _run("pg_restore", "--file=/dev/null", str(copy))
        return
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as database:
        try:
            [answer] = database.execute("PRAGMA integrity_check").fetchone()
        except sqlite3.DatabaseError as failure:
            raise BackupFailed(f"The copy cannot be read: {failure}") from None
    if answer != "ok":
        raise BackupFailed(f"The copy is damaged: {answer}")


def load(copy: Path) -> None:
    """Replace the database by the copy, in one transaction. Raises  BackupFailed; the database is as it was."""
    connections.close_all()
    if connection.vendor == "postgresql":
        options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        _run("pg_restore", *options, f"--dbname={_name()}", str(copy))
        return
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(_name())) as target:
        source.backup(target)


def is_empty() -> bool:
    return not connection.introspection.table_names()


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is not installed: it is in Debian's package postgresql-client.")
    command, environment = [found, *arguments], os.environ | _variables(connection.settings_dict)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  (ours)
    if done.returncode:
        raise BackupFailed(f"{program} failed: {done.stderr.strip()[:500]}")


def _variables(where: Mapping[str, Any]) -> dict[str, str]:
    """The server and its password, which no list of processes shows; a dump takes longer than a statement may."""
    named = {"PGHOST": where["HOST"], "PGPORT": where["PORT"], "PGUSER": where["USER"], "PGPASSWORD": where["PASSWORD"]}
    return {name: str(value) for name, value in named.items() if value} | {"PGOPTIONS": "-c statement_timeout=0"}
