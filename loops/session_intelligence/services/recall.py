"""Recall an action: everything it made goes, and it is not made again."""

from datetime import datetime

from django.db import transaction

from loops.events import SessionActionRecalled
from loops.models import GrowthEmail, Link, Prompt
from loops.session_intelligence.models import SessionAction, SessionReminder
from viral_engine.accounts.events import ConsentWithdrawn
from viral_engine.accounts.models import Consent, Guardianship, User
from viral_engine.accounts.rules import is_minor
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce

Status = SessionAction.Status


class RecallRefused(Exception):
    """Only the session's tutor, the action's own person and a parent of the minor student may recall it."""


def may_recall(action: SessionAction, person: User, at: datetime) -> bool:
    """1 query for a parent."""
    if person.pk in {action.owner_id, action.session.tutor_id}:
        return True
    is_for_parents = is_minor(action.session.student.age_on(today(at)))
    return is_for_parents and Guardianship.objects.filter(parent=person, child=action.session.student_id).exists()


def recall_action(*, action: SessionAction, by: User, at: datetime) -> bool:
    """Deactivate the link, withdraw its offer, and delete the reminder and e-mails that wait; False for a repeat.

    The row stays, so that the action is not made again. What friends have earned through the link stays theirs.

    Cost      at most 7 statements.
    Raises    RecallRefused.
    Announces SessionActionRecalled, once.
    """
    if not may_recall(action, by, at):
        raise RecallRefused
    return _recall(action, by, at)


@transaction.atomic
def _recall(action: SessionAction, by: User, at: datetime) -> bool:
    standing = SessionAction.objects.filter(pk=action.pk).exclude(status=Status.RECALLED)
    if not standing.update(status=Status.RECALLED, retry_at=None, recalled_at=at, recalled_by=by):
        return False
    if action.link_id is not None:
        live = Link.objects.filter(pk=action.link_id, deactivated_at=None)
        live.update(deactivated_at=at, deactivation_reason=Link.Reason.PERSON)
        Prompt.objects.filter(link=action.link_id, dismissed_at=None).update(dismissed_at=at)
    SessionReminder.objects.filter(action=action.pk, sent_at=None).delete()
    GrowthEmail.objects.filter(key__startswith=f"session_action:{action.pk}:", sent_at=None).delete()
    recalled = SessionActionRecalled(
        actor_id=by.pk, session_id=action.session_id, action_id=action.pk, action=action.kind
    )
    return announce(recalled, at=at, key=f"session_action_recalled:{action.pk}")


def recall_records(event: ConsentWithdrawn, at: datetime) -> None:
    """Recall what shows a school record once its consent is withdrawn, or all of a child's. A durable listener."""
    if event.kind not in {Consent.Kind.COPPA, Consent.Kind.FERPA}:
        return
    standing = SessionAction.objects.all().standing().filter(session__student=event.child_id)
    if event.kind == Consent.Kind.FERPA:
        standing = standing.filter(kind__in=[SessionAction.Kind.CELEBRATION, SessionAction.Kind.PARENT_REEL])
    by = User.objects.get(pk=event.actor_id or 0)
    for action in standing.select_related("session__student"):
        _recall(action, by, at)
