"""The inputs and outputs of a comparison: counts and sums of an arm from one GROUP BY, estimates and comparisons."""

from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist

ALPHA = 0.05
TEST_NAMES = {
    "z": "z-test",
    "fisher": "Fisher's exact test",
    "welch": "Welch's test",
    "cuped": "Welch's test with CUPED",
    "delta method": "Welch's test with the delta method",
    "clustered": "Welch's test between trees",
}
MIN_P = 1e-300  # a smaller one has no quantile
MIN_UNITS = 2  # one unit has no variance
MAX_SUM, MIN_DIVISOR = 1e50, 1e-20  # beyond them products overflow or underflow
MAX_LOG_REACH = log(1000)  # an interval that ends beyond a thousandth or a thousandfold says nothing about a lift
_ROUNDING = 1e-12  # a variance below this share of its terms is a rounding error


def critical(alpha: float = ALPHA) -> float:
    """The half-width of a two-sided interval in standard errors."""
    return -NormalDist().inv_cdf(max(alpha, MIN_P) / 2)


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class UnitEstimate:
    """A mean with the variance of one unit."""

    units: int
    value: float
    variance: float

    @property
    def squared_error(self) -> float:
        return self.variance / self.units


@dataclass(frozen=True, slots=True)
class BinarySample:
    """Units and the number that converted; each unit counts once.

    Raises  ValueError if more units converted than there are.
    """

    units: int
    conversions: int

    def __post_init__(self) -> None:
        if not 0 <= self.conversions <= self.units:
            raise ValueError(f"{self.conversions} of {self.units} units cannot have converted")

    @property
    def rate(self) -> float | None:
        return self.conversions / self.units if self.units else None

    def estimate(self) -> UnitEstimate | None:
        """The rate; its variance adds one conversion and one failure, so that it is never zero."""
        if self.rate is None:
            return None
        smoothed = (self.conversions + 1) / (self.units + 2)
        return UnitEstimate(self.units, self.rate, smoothed * (1 - smoothed))


@dataclass(frozen=True, slots=True)
class MeanSample:
    """Units, the sum of their values and the sum of squares; integer sums are exact.

    Raises  ValueError if a sum is not a number or exceeds 1e50.
    """

    units: int
    total: float
    total_of_squares: float

    def __post_init__(self) -> None:
        _check_finite(self.units, self.total, self.total_of_squares)

    def estimate(self) -> UnitEstimate | None:
        """The mean; None below two units, which have no variance."""
        if self.units < MIN_UNITS:
            return None
        spread = _moment(self.units, self.total, self.total, self.total_of_squares)
        return UnitEstimate(self.units, self.total / self.units, spread)


@dataclass(frozen=True, slots=True)
class PairedSample:
    """Sums of two values per unit: a numerator and its denominator, or a value and its pre-period value.

    Raises  ValueError if a sum is not a number or exceeds 1e50.
    """

    units: int
    first: float
    second: float
    first_squares: float
    second_squares: float
    products: float

    def __post_init__(self) -> None:
        sums = (self.first, self.second, self.first_squares, self.second_squares, self.products)
        _check_finite(self.units, *sums)

    def __add__(self, other: "PairedSample") -> "PairedSample":
        return PairedSample(
            self.units + other.units,
            self.first + other.first,
            self.second + other.second,
            self.first_squares + other.first_squares,
            self.second_squares + other.second_squares,
            self.products + other.products,
        )

    def variances(self) -> tuple[float, float, float]:
        """The variances of the first and second values, and their covariance; needs two units."""
        return (
            _moment(self.units, self.first, self.first, self.first_squares),
            _moment(self.units, self.second, self.second, self.second_squares),
            (self.units * self.products - self.first * self.second) / (self.units * (self.units - 1)),
        )

    def ratio(self) -> UnitEstimate | None:
        """Sum of the first over sum of the second; None below two units or with a zero denominator.

        Source  Deng, Knoblich, Lu 2018, delta method.
        """
        if self.units < MIN_UNITS or abs(self.second) < MIN_DIVISOR:
            return None
        value = self.first / self.second
        variance = combined(self.variances(), value) / self.second / self.second * self.units**2
        return UnitEstimate(self.units, value, variance)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A treatment compared with the control; an unknown number is None, and none is NaN or infinite.

    Units  lift is treatment / control - 1; relative_error is the standard error of the logarithm of their ratio;
           level is the confidence of both intervals, 0..1.
    """

    method: str
    control: float | None
    treatment: float | None
    difference: float | None = None
    interval: Interval | None = None
    lift: float | None = None
    lift_interval: Interval | None = None
    p_value: float | None = None
    standard_error: float | None = None
    relative_error: float | None = None
    level: float = 1 - ALPHA
    test: str = ""  # the method behind a sequence
    is_share: bool = False  # a difference of shares, within -1 and 1

    @property
    def interval_name(self) -> str:
        """The level and kind of the intervals: 95% confidence interval, 97.5% confidence sequence."""
        kind = "sequence" if self.method == "sequence" else "interval"
        return f"{100 * self.level:.3g}% confidence {kind}"

    @property
    def test_name(self) -> str:
        """The test in words."""
        name = TEST_NAMES.get(self.test or self.method, self.test or self.method)
        return f"always-valid {name}" if self.method == "sequence" else name


def lift_interval(ratio: float, reach: float) -> Interval | None:
    """The interval of a lift whose logarithm reaches so far to both sides; None if it is too wide to say anything."""
    if reach > MAX_LOG_REACH:
        return None
    return Interval(ratio * exp(-reach) - 1, ratio * exp(reach) - 1)


def combined(variances: tuple[float, float, float], factor: float) -> float:
    """The variance of first - factor * second."""
    first, second, covariance = variances
    scale = first + factor * factor * second
    return above_rounding(scale - 2 * factor * covariance, scale)


def above_rounding(value: float, scale: float) -> float:
    return value if value > _ROUNDING * scale else 0.0


def _moment(units: int, first: float, second: float, products: float) -> float:
    scale = units * products
    spread = scale - first * second
    exact = spread if isinstance(spread, int) else above_rounding(spread, scale)
    return exact / (units * (units - 1))


def _check_finite(units: int, *sums: float) -> None:
    if units < 0 or not all(abs(one) <= MAX_SUM for one in sums):
        raise ValueError(f"{units} units cannot sum to {sums}")
