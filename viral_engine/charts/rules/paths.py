"""Path data of lines and areas, in paper units with two decimals at the most."""

from collections.abc import Iterable, Sequence

Spot = tuple[float, float]


def runs(spots: Iterable[Spot | None]) -> list[list[Spot]]:
    """Unbroken stretches; None is a gap."""
    stretches: list[list[Spot]] = [[]]
    for spot in spots:
        if spot is None:
            stretches.append([])
        else:
            stretches[-1].append(spot)
    return [stretch for stretch in stretches if stretch]


def line_path(stretches: Iterable[Sequence[Spot]]) -> str:
    """A line through every stretch; a stretch of one spot draws nothing here, a dot marks it."""
    return "".join("M" + "L".join(map(_pair, stretch)) for stretch in stretches if len(stretch) > 1)


def area_path(upper: Sequence[Spot], lower: Sequence[Spot]) -> str:
    """The closed area between two lines of the same length."""
    if len(upper) <= 1:
        return ""
    return "M" + "L".join(map(_pair, [*upper, *reversed(lower)])) + "Z"


def _pair(spot: Spot) -> str:
    return f"{spot[0]:g} {spot[1]:g}"
