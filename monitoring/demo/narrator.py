"""The demo's terminal: a heading for each scene, a spinner while it waits, and one line for each fact."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 120  # of a file or a pipe
LABEL_WIDTH = 16


@dataclass(frozen=True, slots=True)
class SceneFact:
    """One line that was read back from the site; `scene` is 0 for the ending."""

    scene: int
    label: str
    text: str


class Narrator:
    """Prints facts and keeps them; `pause_s` is the time to read one, 0 in a test."""

    def __init__(self, output: TextIO, *, pause_s: float, scenes: int) -> None:
        width = None if output.isatty() else PLAIN_WIDTH
        self.console = Console(file=output, highlight=False, width=width)
        self.facts: list[SceneFact] = []
        self.scene = 0
        self._pause_s = pause_s
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self.console, transient=True)
        self._task = self._progress.add_task("Starting", total=scenes)

    @contextmanager
    def showing_progress(self) -> Iterator[None]:
        """Draw spinner and bar while the block runs, on a terminal only."""
        if not self.console.is_terminal:
            yield
            return
        with self._progress:
            yield

    def begin_scene(self, number: int, title: str, loop: str) -> None:
        self.scene = number
        self.console.print()
        self.console.rule(Text(f"{number}. {title}", style="bold"), align="left", style="blue")
        self.console.print(Text(loop, style="dim"))

    def end_scene(self) -> None:
        self._progress.advance(self._task)

    def waiting_for(self, what: str) -> None:
        self._progress.update(self._task, description=what)

    def fact(self, label: str, text: str) -> None:
        """Print and keep one fact, and leave the time to read it."""
        self.facts.append(SceneFact(self.scene, label, text))
        line = Table.grid(padding=(0, 1))
        line.add_column(width=LABEL_WIDTH, style="cyan", no_wrap=True)
        line.add_column(overflow="fold")
        line.add_row(Text(label), Text(text))
        self.console.print(line)
        time.sleep(self._pause_s)

    def table(self, title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        drawn = Table(title=title, title_justify="left", header_style="bold")
        for name in head:
            drawn.add_column(name)
        for row in rows:
            drawn.add_row(*(Text(cell) for cell in row))
        self.console.print()
        self.console.print(drawn)

    def as_rows(self) -> list[dict[str, object]]:
        return [asdict(fact) for fact in self.facts]
