"""The limits that a load test holds the site to, as pure functions."""

from dataclasses import dataclass

MAX_DECISION_P95_MS, MAX_ARRIVAL_P95_MS = 150.0, 1000.0
MAX_ERROR_RATE = 0.01
BUSY_CORE, BUSY_MACHINE = 0.8, 0.9


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """One measured value and its limit; a value of None was not measured, which fails."""

    name: str
    value: float | None
    limit: float
    unit: str
    is_inclusive: bool = False

    @property
    def passed(self) -> bool:
        if self.value is None:
            return False
        return self.value <= self.limit if self.is_inclusive else self.value < self.limit

    @property
    def value_text(self) -> str:
        return "not measured" if self.value is None else _amount(self.value, self.unit)

    @property
    def limit_text(self) -> str:
        return _amount(self.limit, self.unit) if self.is_inclusive else f"under {_amount(self.limit, self.unit)}"

    @property
    def margin(self) -> str:
        """93 ms below the limit; 12 over the limit."""
        if self.value is None:
            return "not measured"
        difference = self.limit - self.value
        side = (
            "below the limit" if self.passed and difference else "at the limit" if not difference else "over the limit"
        )
        return f"{_amount(abs(difference), self.unit)} {side}" if difference else side


def _amount(value: float, unit: str) -> str:
    if unit == "%":
        return f"{100 * value:.2f}%"
    return f"{value:,.0f} {unit}".rstrip()


def checks_of(
    *, decision_p95_ms: float | None, error_rate: float, arrival_p95_ms: float | None, lost_frames: int
) -> list[LimitCheck]:
    return [
        LimitCheck("Decision, p95", decision_p95_ms, MAX_DECISION_P95_MS, "ms"),
        LimitCheck("Errors", error_rate, MAX_ERROR_RATE, "%"),
        LimitCheck("Chat line to screen, p95", arrival_p95_ms, MAX_ARRIVAL_P95_MS, "ms"),
        LimitCheck("Lost frames", float(lost_frames), 0.0, "", is_inclusive=True),
    ]


def bottleneck_notes(*, generator_cores: float, machine_share: float, other_cores: float | None) -> list[str]:
    """Notes on the bottlenecks of the run; empty without any."""
    notes = []
    if generator_cores > BUSY_CORE:
        notes.append(
            f"The load generator used {generator_cores:.0%} of a core. It is the bottleneck on these shared cores: "
            "the site may be faster than the times say."
        )
    if machine_share > BUSY_MACHINE:
        notes.append(
            f"The machine's cores were {machine_share:.0%} busy. Generator, site and PostgreSQL waited for each other: "
            "the times include that wait."
        )
    if other_cores is not None and other_cores > BUSY_CORE / 2:
        notes.append(f"Programs outside the test used {other_cores:.1f} cores meanwhile.")
    return notes


def rate(part: float, whole: float) -> float:
    """A share 0..1; 0 of nothing."""
    return part / whole if whole else 0.0
