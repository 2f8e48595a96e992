"""Sample ratio mismatch: check that traffic matches the configured split. If not, the results are not valid."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import chdtrc

ALARM_P = 0.001
MIN_EXPECTED = 5  # required in every arm for the chi-square approximation


@dataclass(frozen=True, slots=True)
class SampleRatioCheck:
    """Units  p_value is None while units are few; strangers are units in arms of weight 0."""

    is_alarm: bool
    p_value: float | None
    strangers: int
    expected: tuple[float, ...]


def check_sample_ratio(units: Sequence[int], weights: Sequence[int]) -> SampleRatioCheck:
    """Compare units per arm with the configured weights; a unit in an arm of weight 0 always raises the alarm."""
    strangers = sum(count for count, weight in zip(units, weights, strict=True) if not weight)
    total, weight_of_all = sum(units) - strangers, sum(weights)
    expected = tuple(total * weight / weight_of_all if weight_of_all else 0.0 for weight in weights)
    p_value = _chi_square_p([(seen, wanted) for seen, wanted in zip(units, expected, strict=True) if wanted])
    return SampleRatioCheck(
        bool(strangers) or (p_value is not None and p_value < ALARM_P), p_value, strangers, expected
    )


def _chi_square_p(cells: Sequence[tuple[int, float]]) -> float | None:
    if len(cells) <= 1 or min(wanted for _, wanted in cells) < MIN_EXPECTED:
        return None
    return float(chdtrc(len(cells) - 1, sum((seen - wanted) ** 2 / wanted for seen, wanted in cells)))
