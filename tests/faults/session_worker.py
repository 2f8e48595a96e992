"""Run the pipeline of sessions in a process that kills itself at the point that CRASH_AT names: `summarized:inside`.

`before` is in front of a stage, `inside` in its transaction before the commit, `after` right behind the commit; the
actions have the point `offer` too, behind the first action's commit.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(stage: str, place: str) -> None:
    from loops.session_intelligence.services import actions, pipeline

    if stage == "offer":
        real = actions._make

        def make_and_die(*args: object, **kwargs: object) -> object:
            real(*args, **kwargs)  # type: ignore[arg-type]
            die()
            return None

        actions._make = make_and_die  # type: ignore[assignment]
        return
    if stage == "delivered":
        deliver = pipeline._deliver

        def deliver_and_die(*args: object) -> object:
            if place != "before":
                deliver(*args)  # type: ignore[arg-type]
            die()
            return None

        pipeline._deliver = deliver_and_die  # type: ignore[assignment]
        return
    prepare = pipeline.PREPARE[stage]

    def prepared(row: object, at: object) -> Callable[[], object]:
        if place == "before":
            die()
        store = prepare(row, at)  # type: ignore[arg-type]

        def stored() -> object:
            made = store()
            if place == "inside":
                die()
            from django.db import transaction

            transaction.on_commit(die)
            return made

        return stored

    pipeline.PREPARE[stage] = prepared  # type: ignore[assignment]


def main() -> None:
    django.setup()
    from loops.session_intelligence.services.pipeline import process_sessions
    from viral_engine.kernel.clock import now

    if point := os.environ.get("CRASH_AT"):
        arm(*point.split(":"))
    process_sessions(at=now() + timedelta(seconds=float(os.environ.get("LATER_S", "0"))))


if __name__ == "__main__":
    main()
