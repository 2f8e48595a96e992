"""A worker whose broker gives a task to another one after a second: `python -m tests.faults.impatient_worker one`."""

import os
import sys

import django

VISIBILITY_S = 1  # 300 in production


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
    django.setup()
    from viral_engine.celery import app  # only now: the settings are read above

    app.conf.broker_transport_options = {"visibility_timeout": VISIBILITY_S, "unacked_restore_throttle": 1}
    app.worker_main(["worker", "--pool", "solo", "--loglevel", "ERROR", "-n", f"{sys.argv[1]}@%h"])


if __name__ == "__main__":
    main()
