"""Run something on several threads, and wait for work of another thread."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def at_once(times: int, act: Callable[[int], object]) -> Counter[object]:
    """Run `act` on `times` threads that start together, and count their results, or the names of their errors."""
    gate = threading.Barrier(times)

    def run(number: int) -> object:
        try:
            gate.wait(timeout=30)
            return act(number)
        except Exception as error:  # noqa: BLE001  (whatever went wrong is what the test asserts on)
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(run, range(times)))


def within(seconds: float, done: Callable[[], bool]) -> bool:
    """Whether `done` became true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.2)
    return False
