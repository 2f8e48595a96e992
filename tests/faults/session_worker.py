"""Run the pipeline of sessions in a process that kills itself at the point that CRASH_AT names: `summarized:inside`.

`before` is in front of a stage, `inside` in its transaction before the commit, `after` right behind the commit; the
actions have the point `offer` too, behind the first action's commit.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(stage: str, place: str) -> None:
    from loops.session_intelligence.services import actions, pipeline

    if stage == "offer":
        actions._make = dying_after(actions._make)
    elif stage == "delivered":
        dying: Any = die_now if place == "before" else dying_after(pipeline._deliver)
        pipeline._deliver = dying
    else:
        pipeline.PREPARE[stage] = dying_in(pipeline.PREPARE[stage], place)


def die_now(*_: object) -> Any:
    die()


def dying_after(act: Callable[..., Any]) -> Any:
    """Die behind the first call."""

    def acted(*args: object) -> None:
        act(*args)
        die()

    return acted


def dying_in(prepare: Callable[..., Callable[[], object]], place: str) -> Any:
    """Die before the stage, inside its transaction, or right behind its commit."""

    def prepared(row: object, at: object) -> Callable[[], object]:
        if place == "before":
            die()
        store = prepare(row, at)

        def stored() -> None:
            from django.db import transaction

            store()
            if place == "inside":
                die()
            transaction.on_commit(die)

        return stored

    return prepared


def main() -> None:
    django.setup()
    from loops.session_intelligence.services.pipeline import process_sessions
    from viral_engine.kernel.clock import now

    if point := os.environ.get("CRASH_AT"):
        arm(*point.split(":"))
    process_sessions(at=now() + timedelta(seconds=float(os.environ.get("LATER_S", "0"))))


if __name__ == "__main__":
    main()
