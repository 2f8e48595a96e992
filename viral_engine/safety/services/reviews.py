"""Decide cases of the review queue. Every step is logged, and every step can be taken back."""

from datetime import datetime
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from viral_engine.accounts.models import User
from viral_engine.kernel.text.characters import tidy
from viral_engine.safety.models import Report, ReviewItem, ReviewStep
from viral_engine.safety.services.kinds import Record, ReviewKind, kind_of

Status, Step = ReviewItem.Status, ReviewStep.Step
RELEASED = "released"  # the part of a case's record that an approval wrote
MEANWHILE = "meanwhile"  # set in a record of less than a rejection ends


class ReviewRefused(Exception):
    """The step is not possible now; the message is for staff, or for the person who appeals."""


@transaction.atomic
def approve(*, item: ReviewItem, by: User, note: str = "", at: datetime) -> None:
    """Find the object in order: what was hidden is restored, and what waited is released.

    Raises  ReviewRefused when it was decided before.
    """
    _decide(item, Status.APPROVED, by, note, at)
    restore_effects(item=item, by=by, at=at)
    kind, found = _object_of(item)
    if kind is not None and found is not None and kind.release is not None:
        released = kind.release(found, at)
        ReviewItem.objects.filter(pk=item.pk).update(undone={RELEASED: released})
    _settle_reports(item, is_upheld=False, at=at)


@transaction.atomic
def reject(*, item: ReviewItem, by: User, note: str = "", at: datetime) -> None:
    """End every effect of the object.

    Raises  ReviewRefused when it was decided before.
    """
    _decide(item, Status.REJECTED, by, note, at)
    end_effects(item=item, by=by, at=at)
    _settle_reports(item, is_upheld=True, at=at)


@transaction.atomic
def reopen(*, item: ReviewItem, by: User, note: str = "", at: datetime) -> None:
    """Take a decision back: its effects are reversed, and the case waits again.

    Raises  ReviewRefused when it is not decided, or when another case about the object waits.
    """
    cases = ReviewItem.objects.filter(pk=item.pk, status__in=ReviewItem.DECIDED)
    before = cases.values("status", "undone", "decided_at").first()
    if before is None:
        raise ReviewRefused("This case is not decided.")
    decided = ReviewItem.objects.filter(pk=item.pk, status=before["status"], decided_at=before["decided_at"])
    if not _move(decided, status=Status.OPEN, decided_at=None, decided_by=None, appealed_at=None, appeal=""):
        raise ReviewRefused("Another moderator took this decision back first.")
    _log(item, Step.REOPENED, by, note, at)
    if before["status"] == Status.REJECTED:
        restore_effects(item=item, by=by, at=at)
    elif RELEASED in before["undone"]:
        _recall(item, before["undone"][RELEASED], at)
    Report.objects.filter(item=item, settled_at=before["decided_at"]).update(settled_at=None, is_upheld=None)


def _recall(item: ReviewItem, released: Record, at: datetime) -> None:
    kind, found = _object_of(item)
    if kind is not None and found is not None and kind.recall is not None:
        kind.recall(found, released, at)
    ReviewItem.objects.filter(pk=item.pk).update(undone={})


@transaction.atomic
def appeal(*, item: ReviewItem, person: User, text: str, at: datetime) -> None:
    """Ask staff to look at a rejection again, once per decision. An undone action stays undone meanwhile.

    Raises  ReviewRefused.
    """
    rejected = ReviewItem.objects.filter(pk=item.pk, subject=person, status=Status.REJECTED, appealed_at=None)
    clean = tidy(text)[:500]
    if not _move(rejected, status=Status.APPEALED, appealed_at=at, appeal=clean):
        raise ReviewRefused("You asked us before. We tell you here as soon as we have looked again.")
    _log(item, Step.APPEALED, person, clean, at)


@transaction.atomic
def hide_meanwhile(*, item: ReviewItem, at: datetime, note: str) -> bool:
    """Keep people from seeing the object until staff decide.

    Returns False for a kind that only staff hide, for what is hidden already, and for an object that staff found in
    order within REPORTS_COUNT_FOR.
    """
    kind, found = _object_of(item)
    cases = ReviewItem.objects.filter(kind=item.kind, object_key=item.object_key)
    if kind is None or found is None or kind.hide_meanwhile is None or cases.approved_lately(at).exists():
        return False
    if not ReviewItem.objects.waiting().filter(pk=item.pk, undone_at=None).update(undone_at=at):
        return False
    record = kind.hide_meanwhile(found, at) | {MEANWHILE: kind.hide_meanwhile is not kind.hide}
    ReviewItem.objects.filter(pk=item.pk).update(undone=record)
    _log(item, Step.UNDONE, None, note, at)
    return True


def _show_what_waited(item: ReviewItem, at: datetime) -> None:
    """Before a rejection ends every effect: take back what was only hidden meanwhile."""
    record = _lock_record(item)
    kind, found = _object_of(item)
    if record.get(MEANWHILE) and kind is not None and found is not None:
        kind.restore(found, record, at)
        ReviewItem.objects.filter(pk=item.pk).update(undone_at=None, undone={})


@transaction.atomic
def end_effects(*, item: ReviewItem, by: User | None, at: datetime, note: str = "") -> bool:
    """Undo the object now, also before the decision; returns False when it was undone before, or is gone."""
    kind, found = _object_of(item)
    _show_what_waited(item, at)
    mine = ReviewItem.objects.filter(pk=item.pk, undone_at=None)
    if kind is None or found is None or not mine.update(undone_at=at):
        return False
    ReviewItem.objects.filter(pk=item.pk).update(undone=kind.hide(found, at))
    _log(item, Step.UNDONE, by, note, at)
    return True


@transaction.atomic
def restore_effects(*, item: ReviewItem, by: User | None, at: datetime, note: str = "") -> bool:
    """Bring the object's effects back; returns False when nothing was undone."""
    kind, found = _object_of(item)
    record = _lock_record(item)
    mine = ReviewItem.objects.filter(pk=item.pk, undone_at__isnull=False)
    if not mine.update(undone_at=None, undone={}):
        return False
    if kind is not None and found is not None:
        kind.restore(found, record, at)
    _log(item, Step.RESTORED, by, note, at)
    return True


def _decide(item: ReviewItem, status: str, by: User, note: str, at: datetime) -> None:
    """Of two moderators who decide at once, the first one's update matches."""
    waiting = ReviewItem.objects.waiting().filter(pk=item.pk)
    if not waiting.update(status=status, decided_at=at, decided_by=by, note=note[:300]):
        raise ReviewRefused("Another moderator decided this case first.")
    _log(item, Step(status), by, note, at)


def _move(items: QuerySet[ReviewItem], **changes: object) -> bool:
    try:
        with transaction.atomic():
            return bool(items.update(**changes))
    except IntegrityError as error:
        raise ReviewRefused("Another case about this waits already.") from error


def _lock_record(item: ReviewItem) -> Record:
    """The record of what was undone, locked: of two who press at once, the second sees what the first did."""
    found = ReviewItem.objects.select_for_update().values_list("undone", flat=True).get(pk=item.pk)
    return cast("Record", found)


def _object_of(item: ReviewItem) -> tuple[ReviewKind | None, object]:
    kind = kind_of(item.kind)
    return kind, kind.find(item.object_key) if kind is not None else None


def _settle_reports(item: ReviewItem, *, is_upheld: bool, at: datetime) -> None:
    Report.objects.unsettled().filter(item=item).update(settled_at=at, is_upheld=is_upheld)


def _log(item: ReviewItem, step: ReviewStep.Step, by: User | None, note: str, at: datetime) -> None:
    ReviewStep.objects.create(item=item, step=step, by=by, note=note[:500], at=at)
