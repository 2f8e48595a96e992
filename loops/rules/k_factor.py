"""K of a loop: the number of people who reach first value for each person who was shown the loop.

docs/growth.md defines the terms. The dashboards and the K that loops learn both use these functions.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import NormalDist
from typing import Self

TARGET = 1.20
WINDOW = timedelta(days=14)  # after the first exposure; then the cohort is mature
MIN_REFERRERS = 100
Z = NormalDist().inv_cdf(0.975)
MAX_UNSEEN = -math.log(0.025)  # an expected count above this would show at least one in 97.5% of samples


def is_within_window(exposed_at: datetime, at: datetime) -> bool:
    """True in the 14 days after the first exposure: only then an invite, a referee or a sign-up counts for it."""
    return exposed_at <= at < exposed_at + WINDOW


def mature_until(today: date) -> date:
    """The last day whose exposed people have all had their 14 days."""
    return today - WINDOW - timedelta(days=1)


def is_new_referee(
    *, referrer_id: int, actor_id: int | None, account_id: int | None, is_same_person: bool, credited_id: int | None
) -> bool:
    """True when a first value moment through the referrer's link is that of a new person.

    A member (`actor_id`) is new when their sign-up is attributed to the referrer. A guest is new without an account
    (`account_id`). With one, they must have signed up as that guest (`is_same_person`), and attribution must have
    credited a referrer (`credited_id`): it credits no one for a second account.
    """
    user_id = actor_id if actor_id is not None else account_id
    if user_id is None:
        return True
    if user_id == referrer_id:
        return False
    if actor_id is not None:
        return credited_id == referrer_id
    return is_same_person and credited_id is not None


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over exposed referrers: all that K and its interval need, so no referrer is ever loaded."""

    people: int = 0
    inviting: int = 0
    invites: int = 0
    referees: int = 0
    referees_squared: int = 0
    sign_ups: int = 0
    sign_ups_squared: int = 0

    def __add__(self, other: Self) -> "Sums":
        return Sums(
            people=self.people + other.people,
            inviting=self.inviting + other.inviting,
            invites=self.invites + other.invites,
            referees=self.referees + other.referees,
            referees_squared=self.referees_squared + other.referees_squared,
            sign_ups=self.sign_ups + other.sign_ups,
            sign_ups_squared=self.sign_ups_squared + other.sign_ups_squared,
        )


def sums_of(*, invites: int, referees: int, sign_ups: int) -> Sums:
    """The contribution of one exposed person."""
    return Sums(
        people=1,
        inviting=int(invites > 0),
        invites=invites,
        referees=referees,
        referees_squared=referees**2,
        sign_ups=sign_ups,
        sign_ups_squared=sign_ups**2,
    )


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` and its bounds are None when nobody was exposed; they are never NaN."""

    people: int
    referees: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class KFactor:
    """K by FVM referees and by sign-ups, and the two factors of the first."""

    sums: Sums
    fvm: Estimate
    sign_up: Estimate
    invites_per_referrer: float | None
    referees_per_invite: float | None


@dataclass(frozen=True, slots=True)
class ReadOut:
    """The comparison of K with its target."""

    word: str  # pass | fail | not yet
    reason: str

    @property
    def tone(self) -> str:
        return {"pass": "good", "fail": "bad"}.get(self.word, "")


def k_factor(sums: Sums) -> KFactor:
    """K = (invites sent / exposed referrers) x (FVM referees / invites sent).

    Invites cancel out: K is the mean of referees over exposed people, whether or not they invited. When referees came
    without a recorded invite, the second factor has no meaning and is None; K is still valid.
    """
    return KFactor(
        sums,
        mean_per_referrer(sums.people, sums.referees, sums.referees_squared),
        mean_per_referrer(sums.people, sums.sign_ups, sums.sign_ups_squared),
        sums.invites / sums.people if sums.people else None,
        sums.referees / sums.invites if sums.invites else None,
    )


def mean_per_referrer(people: int, referees: int, squared: int) -> Estimate:
    """The mean and its 95% interval by the delta method, clustered by referrer, on the log scale.

    Referees of one referrer are alike and referrers are independent, so the referrer is the unit: the variance is
    that of referees between referrers, divided by their number. The delta method needs only three sums, which rollups
    keep and filters add up; a bootstrap needs every referrer at every page view. The log keeps the lower bound
    above zero and follows the skew of counts. Without any referee the upper bound is the largest mean that would have
    shown one in 97.5% of samples.

    Source  Deng, Knoblich, Lu 2018, Applying the Delta Method in Metric Analytics, sections 2.1 and 3.1.
    """
    if not people:
        return Estimate(0, referees, None, None, None)
    mean = referees / people
    if not referees:
        return Estimate(people, 0, 0.0, 0.0, MAX_UNSEEN / people)
    if people == 1:
        return Estimate(people, referees, mean, None, None)
    variance = max(0.0, (squared - referees * referees / people) / (people - 1))
    # When all referrers happen to be equal, the sample variance of zero is not credible: use Poisson's.
    spread = Z * math.sqrt((variance or mean) / people) / mean
    return Estimate(people, referees, mean, mean * math.exp(-spread), mean * math.exp(spread))


def read_out(found: Estimate, *, is_mature: bool, target: float = TARGET) -> ReadOut:
    """pass or fail when the whole interval of enough people of a mature cohort lies on one side of the target."""
    lack = _lacking(found, is_mature=is_mature)
    if lack:
        return ReadOut("not yet", lack)
    if found.high is not None and found.high < target:
        return ReadOut("fail", f"The whole interval lies below {target:.2f}.")
    if found.low is None or found.low <= target:
        return ReadOut("not yet", f"The interval contains {target:.2f}.")
    return ReadOut("pass", f"The whole interval lies above {target:.2f}.")


def _lacking(found: Estimate, *, is_mature: bool) -> str:
    if not found.people:
        return "Nobody was shown it in these days."
    if not is_mature:
        return f"The cohort has not had its {WINDOW.days} days."
    if found.people < MIN_REFERRERS:
        return f"{found.people} referrers; {MIN_REFERRERS} are needed."
    return ""
