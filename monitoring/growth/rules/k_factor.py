"""K of a loop: how many people reach first value for each person who was shown it."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import Self

TARGET = 1.20
WINDOW = timedelta(days=14)  # after the first exposure; then a cohort is mature
LEAST_INVITERS = 100
Z = NormalDist().inv_cdf(0.975)
NONE_SEEN = -math.log(0.025)  # an expected count above this would show at least one in 97.5% of samples


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over exposed inviters: all that K and its interval need, so no inviter is ever loaded."""

    people: int = 0
    inviting: int = 0
    invites: int = 0
    joiners: int = 0
    joiners_squared: int = 0
    sign_ups: int = 0
    sign_ups_squared: int = 0

    def __add__(self, other: Self) -> "Sums":
        return Sums(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` and its bounds are None where nobody was exposed; never NaN."""

    people: int
    joiners: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class KFactor:
    """K by FVM joiners, and beside it by sign-ups; the two factors of the first."""

    sums: Sums
    fvm: Estimate
    sign_up: Estimate
    invites_per_inviter: float | None
    joiners_per_invite: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    word: str  # pass | fail | not yet
    reason: str

    @property
    def tone(self) -> str:
        return {"pass": "good", "fail": "bad"}.get(self.word, "")


def k_factor(sums: Sums) -> KFactor:
    """K = (invites sent / exposed inviters) x (FVM joiners / invites sent).

    Invites cancel: K is the mean of joiners over exposed inviters, whoever of them invited or not. Where joiners came
    without a recorded invite the second factor has no meaning and is None, and K stands all the same.
    """
    return KFactor(
        sums,
        mean_per_inviter(sums.people, sums.joiners, sums.joiners_squared),
        mean_per_inviter(sums.people, sums.sign_ups, sums.sign_ups_squared),
        sums.invites / sums.people if sums.people else None,
        sums.joiners / sums.invites if sums.invites else None,
    )


def mean_per_inviter(people: int, joiners: int, squared: int) -> Estimate:
    """The mean and its 95% interval by the delta method, clustered by inviter, on the log scale.

    Joiners of one inviter are alike, inviters are independent, so the inviter is the unit and the variance is that of
    joiners between inviters, divided by their number. The delta method is chosen over a bootstrap by inviter because
    it needs three sums, which rollups keep and any filter adds up, instead of every inviter at every look; the log
    keeps the lower bound above zero and follows the skew of counts. With no joiner at all the upper bound is the
    largest mean that would have shown one in 97.5% of samples.

    Source  Deng, Knoblich, Lu 2018, Applying the Delta Method in Metric Analytics, sections 2.1 and 3.1.
    """
    if not people:
        return Estimate(0, joiners, None, None, None)
    mean = joiners / people
    if not joiners:
        return Estimate(people, 0, 0.0, 0.0, NONE_SEEN / people)
    if people == 1:
        return Estimate(people, joiners, mean, None, None)
    variance = max(0.0, (squared - joiners * joiners / people) / (people - 1))
    # Where chance made all inviters equal, they must not look certain: Poisson's variance stands in.
    spread = Z * math.sqrt((variance or mean) / people) / mean
    return Estimate(people, joiners, mean, mean * math.exp(-spread), mean * math.exp(spread))


def read_out(found: Estimate, *, is_mature: bool, target: float = TARGET) -> Verdict:
    """pass or fail only where the whole interval lies on one side of the target, of enough people, all mature."""
    lack = _lacking(found, is_mature=is_mature)
    if lack:
        return Verdict("not yet", lack)
    if found.high is not None and found.high < target:
        return Verdict("fail", f"The whole interval lies below {target:.2f}.")
    if found.low is None or found.low <= target:
        return Verdict("not yet", f"The interval contains {target:.2f}.")
    return Verdict("pass", f"The whole interval lies above {target:.2f}.")


def _lacking(found: Estimate, *, is_mature: bool) -> str:
    if not found.people:
        return "Nobody was shown it in these days."
    if not is_mature:
        return f"The cohort has not had its {WINDOW.days} days."
    if found.people < LEAST_INVITERS:
        return f"{found.people} inviters; {LEAST_INVITERS} are needed."
    return ""


def mature_until(today: date) -> date:
    """The last day whose exposed people have all had their 14 days."""
    return today - WINDOW - timedelta(days=1)
