"""SVG path data of lines and areas."""

from collections.abc import Iterable, Sequence

Position = tuple[float, float]


def unbroken_runs(spots: Iterable[Position | None]) -> list[list[Position]]:
    """Split positions at gaps (None)."""
    found_runs: list[list[Position]] = [[]]
    for spot in spots:
        if spot is None:
            found_runs.append([])
        else:
            found_runs[-1].append(spot)
    return [run for run in found_runs if run]


def line_path(found_runs: Iterable[Sequence[Position]]) -> str:
    """A line through each run; a run of one position draws no line, because a dot marks it."""
    return "".join("M" + "L".join(map(_pair, run)) for run in found_runs if len(run) > 1)


def area_path(upper: Sequence[Position], lower: Sequence[Position]) -> str:
    """The closed area between two lines of equal length."""
    if len(upper) <= 1:
        return ""
    return "M" + "L".join(map(_pair, [*upper, *reversed(lower)])) + "Z"


def _pair(spot: Position) -> str:
    return f"{spot[0]:g} {spot[1]:g}"
