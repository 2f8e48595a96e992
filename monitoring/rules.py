"""Values that health checks, alerts and the request counter share; no Django, no clock."""

from dataclasses import dataclass

EVERY_S, MINUTE_S, HOUR_S, DAY_S = 30, 60, 3600, 24 * 3600
MAX_CLOCK_SKEW_S = 60.0  # a newest check further ahead of the clock than this means that the clock was set back
REQUESTS_KEPT_FOR_S = 3 * DAY_S  # the longest window of any alert


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests that the site answered, and how many of those it answered with 500 or above."""

    count: int
    errors: int

    def __add__(self, other: "Requests") -> "Requests":
        return Requests(self.count + other.count, self.errors + other.errors)

    @property
    def error_rate(self) -> float:
        return self.errors / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class AgentHealth:
    """The state of one agent at one check, as the page, the metrics and the alerts report it."""

    state: str  # ok | idle | slow | failing
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check for one alert key.

    `firing` is True while the condition holds and False when it does not. It is None when the check could not find out:
    then an open alert stays as it is.
    """

    key: str
    severity: str
    title: str
    firing: bool | None
    detail: str = ""
    value: float | None = None
    limit: float | None = None
