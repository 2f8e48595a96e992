"""Reads of the review queue and of the page of decisions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.models import Decision
from viral_engine.safety.models import Report, ReviewItem
from viral_engine.safety.services.kinds import kind_of

HISTORY_OF = timedelta(days=30)


def history_of(user_id: int, *, at: datetime) -> list[str]:
    """The person's last 30 days as staff read them, newest case first. Cost  4 queries."""
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        return []
    decided = Decision.objects.made_for(user_id, agent=TRUST_AND_SAFETY.key).since(at - HISTORY_OF)
    counts = decided.order_by().values_list("outcome").annotate(Count("pk")).order_by("outcome")
    reports = Report.objects.filter(owner=user_id, at__gt=at - HISTORY_OF)
    upheld = sum(1 for is_upheld in reports.values_list("is_upheld", flat=True) if is_upheld)
    cases = ReviewItem.objects.about(user_id).order_by("-opened_at")[:10]
    return [
        f"Joined {person.date_joined:%Y-%m-%d}, {person.get_role_display().lower()}",
        "Checks in 30 days: " + (", ".join(f"{number} {name}" for name, number in counts) or "none"),
        f"Reports about them in 30 days: {reports.count()}, upheld: {upheld}",
        *(
            f"{case.opened_at:%Y-%m-%d}: {case.kind}, {case.reason}, {case.get_status_display().lower()}"
            for case in cases
        ),
    ]


@dataclass(frozen=True, slots=True)
class QueueState:
    """The review queue now, and how fast staff decided the cases of the last 30 days."""

    waiting: int
    appeals: int
    oldest: datetime | None
    decided: int
    median: timedelta | None


def queue_state(*, at: datetime) -> QueueState:
    """Cost  2 queries; the second reads two columns of the decided cases of 30 days."""
    now = ReviewItem.objects.waiting().aggregate(
        waiting=Count("pk"), appeals=Count("pk", filter=Q(status=ReviewItem.Status.APPEALED)), oldest=Min("opened_at")
    )
    recent = ReviewItem.objects.filter(decided_at__gt=at - HISTORY_OF, decided_by__isnull=False)
    spans = [decided - opened for opened, decided in recent.values_list("opened_at", "decided_at") if decided]
    return QueueState(**now, decided=len(spans), median=sorted(spans)[len(spans) // 2] if spans else None)


@dataclass(frozen=True, slots=True)
class DecisionForPerson:
    """One decision as the person reads it."""

    pk: int
    headline: str
    explanation: str
    opened_at: datetime
    decided_at: datetime | None
    may_be_appealed: bool


def decisions_about(user: User) -> list[DecisionForPerson]:
    """Decisions of staff about the person, and what is hidden meanwhile; newest first. Cost  1 query."""
    cases = ReviewItem.objects.about(user.pk).order_by("-opened_at")
    shown = [case for case in cases if case.decided_at or case.undone_at or case.appealed_at]
    return [_for_person(case) for case in shown]


def _for_person(case: ReviewItem) -> DecisionForPerson:
    kind = kind_of(case.kind)
    headline, explanation = _words(case, kind.label if kind else "something you shared")
    return DecisionForPerson(
        case.pk, headline, explanation, case.opened_at, case.decided_at, may_be_appealed=case.may_be_appealed
    )


def _words(case: ReviewItem, what: str) -> tuple[str, str]:
    subject = f"{what[0].upper()}{what[1:]}"
    if case.status == ReviewItem.Status.APPEALED:
        return f"We are looking at {what} again", "You asked us to. We write our answer here."
    if case.status == ReviewItem.Status.OPEN:
        return f"{subject}: hidden for now", "People asked us to look at it. Nobody sees it until we have."
    if case.status == ReviewItem.Status.APPROVED:
        return f"{subject}: all good", "We looked at it and found nothing wrong. Everything is as it was."
    if case.kind == "reward":
        return f"{subject}: not given", "They came from accounts that belong together, so we could not count them."
    return f"{subject}: taken down", "We looked at it, and it does not fit our rules. Others cannot see it any more."
