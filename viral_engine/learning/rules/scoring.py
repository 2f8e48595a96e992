from collections.abc import Sequence


def score(*, correct: int, total: int) -> int:
    """Share of right answers, 0 to 100, rounded half up: 1 of 8 is 13."""
    if total <= 0 or not 0 <= correct <= total:
        raise ValueError(f"{correct} right of {total}")
    return (200 * correct + total) // (2 * total)


def percentile(mine: int, others: Sequence[int]) -> int | None:
    """The percentage of the group with a lower score, 0 to 100; equal scores count half. None without a group.

    Source  mid-rank percentile, as in Crawford, Garthwaite & Slick 2009.
    """
    if not others:
        return None
    below = sum(1 for other in others if other < mine)
    equal = sum(1 for other in others if other == mine)
    return round(100 * (below + equal / 2) / len(others))


def clock_face(seconds: int) -> str:
    """125 seconds read 2:05."""
    return f"{seconds // 60}:{seconds % 60:02d}"
