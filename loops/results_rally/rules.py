"""Order of a rally's board, and the places shown."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

RALLY_WINDOW = timedelta(days=7)
MAX_PLACES = 10


@dataclass(frozen=True, slots=True)
class RallyScore:
    """One person's result on the board. `key` identifies the person and is never shown."""

    key: str
    score: int
    reached_at: datetime
    kind: str  # practice_test | diagnostic


def ranking(runners: Iterable[RallyScore]) -> tuple[RallyScore, ...]:
    """Rank each person once by their best score; ties go to the earlier result."""
    in_order = sorted(runners, key=lambda one: (-one.score, one.reached_at, one.key))
    best: dict[str, RallyScore] = {}
    for runner in in_order:
        best.setdefault(runner.key, runner)
    return tuple(best.values())


def places_shown(size: int, kept: Collection[int], most: int = MAX_PLACES) -> list[int]:
    """Return the first `most` places and the `kept` ones."""
    return sorted({place for place in (*range(1, min(size, most) + 1), *kept) if 1 <= place <= size})


def places_on_card(size: int, rank: int, most: int) -> list[int]:
    """Return the places for a card with `most` rows: the top, and the starter with both neighbors."""
    if rank <= most:
        return list(range(1, min(size, most) + 1))
    last = min(rank + 1, size)
    near = list(range(rank - 1, last + 1))
    return [*range(1, most - len(near) + 1), *near]
