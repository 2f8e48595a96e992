def score(*, correct: int, total: int) -> int:
    """Share of right answers, 0 to 100, rounded half up: 1 of 8 is 13."""
    if total <= 0 or not 0 <= correct <= total:
        raise ValueError(f"{correct} right of {total}")
    return (200 * correct + total) // (2 * total)


def clock_face(seconds: int) -> str:
    """125 seconds read 2:05."""
    return f"{seconds // 60}:{seconds % 60:02d}"
