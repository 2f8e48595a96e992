"""Counts of the load generator: durations, failures, frames and lost frames, and its progress for the command."""

import json
import os
import time
from collections import Counter, defaultdict
from typing import Any

from monitoring.loadtest.timings import Timings

WARM_UP, RAMP, MEASURE, SETTLE = "warm-up", "ramp", "measure", "settle"
LETTERS = "abcdefghijklmnop"  # a stamp in digits would look like a phone number to the chat's contact filter
MARK = "stamp "


def stamp() -> str:
    """This instant as letters, for a chat line: it passes the contact filter."""
    return "".join(LETTERS[int(digit, 16)] for digit in f"{time.time_ns() // 1000:x}")


def age_ms(letters: str) -> float:
    """Milliseconds since a stamp was made; the processes share this machine's clock."""
    micros = int("".join(f"{LETTERS.index(letter):x}" for letter in letters), 16)
    return time.time_ns() / 1e6 - micros / 1e3


class Measures:
    """Counts of one run. Pages, chat and intervals cover the phase `measure`; frames and sockets the run."""

    def __init__(self) -> None:
        self.phase = WARM_UP
        self.pages: defaultdict[str, Timings] = defaultdict(Timings)
        self.chat = Timings()
        self.errors: Counter[str] = Counter()
        self.early_errors: Counter[str] = Counter()
        self.frames = self.numbered = self.lost = self.resyncs = self.sockets = self.dropped = 0
        self.newest: dict[str, int] = {}  # topic -> the highest sequence number that anyone received
        self.intervals: list[dict[str, Any]] = []
        self.started_at = self.ended_at = self.cpu_s = self.numbered_at_s = 0.0
        self._page_interval, self._chat_interval = Timings(), Timings()
        self._interval_at = time.time()
        self._frames_before = 0

    def begin(self) -> None:
        self.phase, self.started_at, self.cpu_s = MEASURE, time.time(), time.process_time()
        self._new_interval()

    def end(self) -> None:
        self.phase, self.ended_at, self.cpu_s = SETTLE, time.time(), time.process_time() - self.cpu_s

    # -- Notes of the learners ---------------------------------------------------------------------------
    def note_action(self, name: str, ms: float, error: str = "") -> None:
        if error:
            counter = self.errors if self.phase == MEASURE else self.early_errors
            counter[f"{name}: {error}"] += 1
        self._page_interval.add(ms, is_failure=bool(error))
        if self.phase == MEASURE:
            self.pages[name].add(ms, is_failure=bool(error))

    def note_arrival(self, ms: float) -> None:
        """Count a chat line that was sent during the measurement, also when it arrives later."""
        self._chat_interval.add(ms)
        if self.started_at and time.time() - ms / 1000 >= self.started_at:
            self.chat.add(ms)

    def note_number(self, topic: str, last: int, seq: int) -> int:
        """Count the frames between the last number and this one as lost; returns the new last number."""
        self.numbered += 1
        self.numbered_at_s = time.monotonic()
        self.newest[topic] = max(seq, self.newest.get(topic, 0))
        self.lost += max(seq - last - 1, 0)
        return max(seq, last)

    # -- Progress and result -----------------------------------------------------------------------------
    def _new_interval(self) -> None:
        self._page_interval, self._chat_interval = Timings(), Timings()
        self._interval_at, self._frames_before = time.time(), self.frames

    def progress(self, users: int) -> dict[str, Any]:
        """The figures since the last call; those of the phase `measure` are kept for the charts."""
        page, chat, seconds = self._page_interval, self._chat_interval, time.time() - self._interval_at
        found = {
            "phase": self.phase,
            "users": users,
            "sockets": self.sockets,
            "at_s": round(time.time() - self.started_at, 1) if self.started_at else 0.0,
            "actions": page.count,
            "actions_per_s": round(page.count / seconds, 1),
            "failures": page.failures,
            "page_p95_ms": page.percentile(0.95),
            "chat_p95_ms": chat.percentile(0.95),
            "frames_per_s": round((self.frames - self._frames_before) / seconds, 1),
            "lost": self.lost,
        }
        if self.phase == MEASURE:
            self.intervals.append(found)
        self._new_interval()
        return found

    def result(self) -> dict[str, Any]:
        return {
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "cpu_s": self.cpu_s,
            "pages": {name: timings.summary() for name, timings in sorted(self.pages.items())},
            "chat": self.chat.summary(),
            "errors": dict(self.errors.most_common(20)),
            "early_errors": dict(self.early_errors.most_common(20)),
            "frames": self.frames,
            "numbered_frames": self.numbered,
            "lost_frames": self.lost,
            "resyncs": self.resyncs,
            "sockets": self.sockets,
            "dropped_sockets": self.dropped,
            "intervals": self.intervals,
        }


def say(**facts: Any) -> None:
    """Print one line of JSON for the command that started this process."""
    os.write(1, (json.dumps(facts) + "\n").encode())
