"""Shorten waits (leases, grace periods, timeouts, caches of rows), in this process or in a server of its own.

Tests of these waits prove the same order of events in a fraction of the time: each wait is set by the name of its
constant, in every module of presence, or of the row cache, that holds it. A name that no module knows fails.

As a program: `python -m tests.short_waits manage.py web --port 8001` runs the command with the waits of SHORT_WAITS.
"""

import importlib
import json
import os
import pkgutil
import runpy
import sys
from collections.abc import Callable, Mapping

import django

import presence
from viral_engine.kernel import row_cache
from viral_engine.server import CONFIG

Put = Callable[[object, str, float], None]
VARIABLE = "SHORT_WAITS"
PING = "ws_ping"  # not a constant of ours: how often uvicorn pings, and how long it waits for the answer


def shorten(waits: Mapping[str, float], put: Put = setattr) -> None:
    """Set each wait, in seconds, with `put`: `monkeypatch.setattr` undoes it at the end of the test."""
    names = [found.name for found in pkgutil.walk_packages(presence.__path__, "presence.")]
    modules = [row_cache, *(importlib.import_module(name) for name in names if ".migrations" not in name)]
    for name, seconds in waits.items():
        holders = [module for module in modules if name in vars(module)]
        assert holders, f"no module has a {name}"
        for module in holders:
            put(module, name, seconds)


def main() -> None:
    django.setup()
    waits = json.loads(os.environ[VARIABLE])
    if ping_s := waits.pop(PING, None):
        CONFIG.update(ws_ping_interval=ping_s, ws_ping_timeout=ping_s)
    shorten(waits)
    del sys.argv[0]
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
