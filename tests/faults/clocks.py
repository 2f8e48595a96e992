"""Run a command as on a machine whose clock is wrong: `python -m tests.faults.clocks -300 manage.py web --port 8001`.

Further errors, as in `300,-300`, are taken one after the other at each SIGUSR1: the clock jumps.
"""

import runpy
import signal
import sys
from datetime import UTC, datetime, timedelta
from types import FrameType

import time_machine


class WrongClock:
    """The machine's clock and an error in seconds; `time.monotonic` stays right, as it does on a real machine."""

    def __init__(self) -> None:
        self._travel: time_machine.travel | None = None

    def set(self, error_s: float) -> None:
        if self._travel is not None:
            self._travel.stop()
        self._travel = time_machine.travel(datetime.now(UTC) + timedelta(seconds=error_s), tick=True)
        self._travel.start()


def main() -> None:
    del sys.argv[0]
    clock, errors_s = WrongClock(), [float(one) for one in sys.argv.pop(0).split(",")]
    clock.set(errors_s.pop(0))

    def jump(_: int, __: FrameType | None) -> None:
        if errors_s:
            clock.set(errors_s.pop(0))

    signal.signal(signal.SIGUSR1, jump)
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
