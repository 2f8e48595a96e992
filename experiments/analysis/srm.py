"""Whether people arrived in the proportions that were set: if not, no number of the experiment can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import chdtrc

ALARM = 0.001
LEAST_EXPECTED = 5  # in every arm, before the chi-square distribution is trusted


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Units  p_value is None while there are too few units; strangers are units in arms that should have none."""

    is_alarm: bool
    p_value: float | None
    strangers: int
    expected: tuple[float, ...]


def sample_ratio(units: Sequence[int], weights: Sequence[int]) -> SampleRatio:
    """Units per arm against the weights set for them; an arm of weight 0 is left out of the test, not of the alarm."""
    strangers = sum(count for count, weight in zip(units, weights, strict=True) if not weight)
    total, weight_of_all = sum(units) - strangers, sum(weights)
    expected = tuple(total * weight / weight_of_all if weight_of_all else 0.0 for weight in weights)
    p_value = _chi_square_p([(seen, wanted) for seen, wanted in zip(units, expected, strict=True) if wanted])
    return SampleRatio(bool(strangers) or (p_value is not None and p_value < ALARM), p_value, strangers, expected)


def _chi_square_p(cells: Sequence[tuple[int, float]]) -> float | None:
    if len(cells) <= 1 or min(wanted for _, wanted in cells) < LEAST_EXPECTED:
        return None
    return float(chdtrc(len(cells) - 1, sum((seen - wanted) ** 2 / wanted for seen, wanted in cells)))
