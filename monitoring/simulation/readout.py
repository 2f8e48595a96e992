"""Measures of the school, as the site counted them, beside the planted truth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from experiments.services.results import get_results
from loops.models import Loop, Referral, RewardEntry
from loops.rules.k_factor import Estimate, ReadOut, k_factor, read_out, sums_of
from monitoring.models import GrowthMember, GrowthReferrer
from monitoring.simulation.plan import EXPERIMENT, LOOPS, TREATED, SimulationPlan
from monitoring.simulation.school import FirstOffer, SchoolRun
from viral_engine.accounts.models import User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import PracticeCompleted

if TYPE_CHECKING:
    from experiments.analysis.metrics import ArmResult

DAY_7 = (7, 8)  # days after sign-up: active on the seventh day


@dataclass(frozen=True, slots=True)
class LoopReading:
    """One loop: K as measured, the planted K of the same people, and the read-out against 1.20."""

    name: str
    title: str
    true_k: float
    measured: Estimate
    verdict: ReadOut

    @property
    def covers_truth(self) -> bool | None:
        """Whether the interval contains the planted K; None without an interval."""
        if self.measured.low is None or self.measured.high is None:
            return None
        return self.measured.low <= self.true_k <= self.measured.high


@dataclass(frozen=True, slots=True)
class GroupShare:
    """`part` of `whole` people."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class TrialReading:
    """The experiment: share of people who invited in both arms, the lift with its interval, and the truth."""

    control: GroupShare
    treated: GroupShare
    lift: float | None
    interval: tuple[float, float] | None
    true_lift: float
    headline: str
    reasons: tuple[str, ...]
    first_value: dict[str, GroupShare]  # arm -> people with a friend who got going


@dataclass(frozen=True, slots=True)
class SchoolReading:
    """Everything the terminal and the page show. No value depends on the machine's clock."""

    people: int
    loops: tuple[LoopReading, ...]
    trial: TrialReading
    referral_share: GroupShare
    came_back: dict[str, GroupShare]  # referred | on their own -> back on the seventh day
    fraud: GroupShare  # second accounts that earned their owner nothing
    honest: GroupShare  # honest friends who were credited
    counts: dict[str, int]


def read_school(run: SchoolRun) -> SchoolReading:
    """Read the counts, which must be up to date. Cost  about 20 queries, whatever the size."""
    plan = run.plan
    members = GrowthMember.objects.filter(joined_at__gte=plan.start)
    referred = members.filter(referrer_id__isnull=False).count()
    return SchoolReading(
        people=User.objects.filter(is_staff=False).count(),
        loops=tuple(_loops(run)),
        trial=_trial(plan),
        referral_share=GroupShare(referred, members.count()),
        came_back=_came_back(run),
        fraud=_caught(run.cheat_ids),
        honest=GroupShare(Referral.objects.filter(referee__in=run.honest_ids).count(), len(run.honest_ids)),
        counts={name: run.counts[name] for name in COUNTED},
    )


COUNTED = ("mail_off", "offers_off", "child_without_consent", "invites_refused", "closed_links")


def _loops(run: SchoolRun) -> Iterable[LoopReading]:
    titles = dict(Loop.objects.values_list("name", "title"))
    for name in LOOPS:
        exposures = [one for one in run.exposures.values() if one.loop == name]
        if not exposures:
            continue
        measured = _measured(name, exposures)
        verdict = read_out(measured, is_mature=True)
        true_k = sum(one.expected_k for one in exposures) / len(exposures)
        yield LoopReading(name, titles[name], true_k, measured, verdict)


def _measured(loop: str, exposures: list[FirstOffer]) -> Estimate:
    """K as the growth counts have it, for the people of these exposures."""
    rows = GrowthReferrer.objects.filter(loop=loop, user_id__in=[one.user_id for one in exposures])
    parts = [sums_of(invites=row.invites, referees=len(row.joined_after), sign_ups=row.sign_ups) for row in rows]
    first, *rest = parts
    for part in rest:
        first += part
    return k_factor(first).fvm


def _trial(plan: SimulationPlan) -> TrialReading:
    report = get_results(EXPERIMENT, at=plan.read_at).report
    invites, friends = report.metrics[0], report.metrics[1]
    control, treated = (next(arm for arm in invites.arms if arm.key == key) for key in ("control", TREATED))
    fixed = treated.fixed
    interval = fixed.lift_interval if fixed else None
    return TrialReading(
        control=_share(control),
        treated=_share(treated),
        lift=fixed.lift if fixed else None,
        interval=(interval.low, interval.high) if interval else None,
        true_lift=LOOPS["buddy_challenge"].lift,
        headline=report.verdict.headline,
        reasons=report.verdict.reasons,
        first_value={arm.key: _share(arm) for arm in friends.arms},
    )


def _share(arm: "ArmResult") -> GroupShare:
    return GroupShare(arm.conversions, arm.units)


def _came_back(run: SchoolRun) -> dict[str, GroupShare]:
    """Learners who joined early enough, by whether a link brought them, and their practice on the seventh day.

    For those who were there before, the first day of the simulation stands in for the day they joined.
    """
    start = run.plan.start
    early = GrowthMember.objects.filter(persona="student", joined_at__lt=run.plan.end - timedelta(days=DAY_7[1]))
    joined: dict[str, list[tuple[int, datetime]]] = {"Referred": [], "On their own": []}
    for user, referrer, at in early.values_list("user_id", "referrer_id", "joined_at"):
        joined["Referred" if referrer else "On their own"].append((user, max(at or start, start)))
    return {who: _back(people) for who, people in joined.items()}


def _back(people: list[tuple[int, datetime]]) -> GroupShare:
    ids = [user for user, _ in people]
    found = LoggedEvent.objects.filter(type=PracticeCompleted.type, actor_id__in=ids).values_list("actor_id", "at")
    first = dict(people)
    least, most = (timedelta(days=days) for days in DAY_7)
    back = {actor for actor, at in found if actor is not None and least <= at - first[actor] < most}
    return GroupShare(len(back), len(people))


def _caught(cheats: list[int]) -> GroupShare:
    """Second accounts whose owner got no spendable reward for them."""
    paid = 0
    for user in cheats:
        lines = RewardEntry.objects.filter(key__startswith="buddy_challenge:", cause="grant", held_at=None)
        paid += lines.filter(user=user).exists() or Referral.objects.filter(referee=user).exists()
    return GroupShare(len(cheats) - paid, len(cheats))
