"""An invariant: a check that reads and writes nothing, and its findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InvariantFinding:
    """One thing that is not as it should be; an explained one is no fault."""

    text: str
    is_explained: bool = False


Check = Callable[[datetime], Iterator[InvariantFinding]]
