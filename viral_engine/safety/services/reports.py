"""Report what another person shared."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from viral_engine.accounts.services.locks import lock_people
from viral_engine.kernel.services import announce
from viral_engine.safety.events import AbuseReport
from viral_engine.safety.models import Report, ReviewItem, ReviewStep
from viral_engine.safety.services.detections import open_item
from viral_engine.safety.services.kinds import Reporter, ReviewKind, kind_of
from viral_engine.safety.services.reviews import hide_meanwhile

MAX_AN_HOUR = 10
HIDDEN_FROM = 3  # open reports by different members; staff decide later, and can restore it


class ReportRefused(Exception):
    """Nothing was reported; the message is for the reporter."""


class NotReportable(ReportRefused):
    """The object does not exist, or the reporter cannot see it."""


@transaction.atomic
def report(*, reporter: Reporter, kind: str, object_key: str, reason: str, at: datetime) -> Report:
    """Report an object to staff, once per reporter while the report is open; a repeat returns the first.

    The third member's report hides a message, an activity or a link until staff decide, unless staff found it in order
    lately: guests, or a few pupils together, take nothing from another person for good.

    Raises    NotReportable; ReportRefused for one's own object and beyond 10 reports an hour.
    Announces AbuseReport, once per report.
    """
    known, found = _reportable(reporter, kind, object_key)
    owner_id = known.owner_of(found)
    if reporter.user is not None:
        lock_people(reporter.user.pk)  # the person's reports take turns, so that the cap holds
        if owner_id == reporter.user.pk:
            raise ReportRefused("This is yours. You can take it back yourself.")
    mine = Report.objects.all().by(reporter.key)
    earlier = mine.unsettled().filter(kind=known.name, object_key=object_key).first()
    if earlier is not None:
        return earlier
    if mine.filter(at__gt=at - timedelta(hours=1)).count() >= MAX_AN_HOUR:
        raise ReportRefused("That is a lot of reports. Our team is looking at them. Try again in an hour.")
    item, _ = open_item(
        kind=known.name,
        object_key=object_key,
        subject_id=owner_id,
        reason=f"Reported: {Report.Complaint(reason).label}",
        evidence=known.describe(found),
        at=at,
    )
    return _write(item, reporter, owner_id, reason, at)


def is_reportable(*, reporter: Reporter, kind: str, object_key: str) -> bool:
    """Whether the reporter sees an object of this kind."""
    try:
        _reportable(reporter, kind, object_key)
    except NotReportable:
        return False
    return True


def _reportable(reporter: Reporter, kind: str, object_key: str) -> tuple[ReviewKind, object]:
    known = kind_of(kind)
    found = known.find(object_key) if known is not None else None
    if known is None or found is None or known.is_shown_to is None or not known.is_shown_to(found, reporter):
        raise NotReportable("We could not find that. It may be gone already.")
    return known, found


def _write(item: ReviewItem, reporter: Reporter, owner_id: int | None, reason: str, at: datetime) -> Report:
    try:
        with transaction.atomic():
            made = Report.objects.create(
                item=item,
                reporter=reporter.user,
                reporter_key=reporter.key,
                kind=item.kind,
                object_key=item.object_key,
                owner_id=owner_id,
                reason=reason,
                at=at,
            )
    except IntegrityError:  # a guest pressed twice at once
        return Report.objects.all().by(reporter.key).unsettled().get(kind=item.kind, object_key=item.object_key)
    ReviewStep.objects.create(item=item, step=ReviewStep.Step.REPORTED, note=made.get_reason_display(), at=at)
    reported = AbuseReport(
        actor_id=reporter.user.pk if reporter.user else None,
        guest_id=reporter.guest_id,
        kind=item.kind,
        object_key=item.object_key,
        owner_id=owner_id,
        reason=reason,
    )
    announce(reported, at=at)
    if item.reports.unsettled().exclude(reporter=None).count() >= HIDDEN_FROM:
        hide_meanwhile(item=item, note=f"{HIDDEN_FROM} members reported it", at=at)
    return made
