"""Recall an action: everything it made goes, and it is not made again."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from loops.core.links import forget_cards
from loops.events import LinkTakenBack, SessionActionRecalled
from loops.models import GrowthEmail, Link, Prompt
from loops.session_intelligence.models import SessionAction, SessionReminder
from viral_engine.accounts.events import ConsentWithdrawn, PreferencesChanged
from viral_engine.accounts.models import Consent, Guardianship, User
from viral_engine.accounts.rules import is_minor
from viral_engine.accounts.services.hiding import keep_hidden
from viral_engine.accounts.services.locks import lock_people
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
    mine = Guardianship.objects.proven().filter(parent=person, child=action.session.student_id)
    return is_for_parents and mine.exists()


def recall_action(*, action: SessionAction, by: User, at: datetime) -> bool:
    """Switch the link off for good, withdraw its offer, and delete the reminder and e-mails that wait.

    The row stays, so that the action is not made again. Friends keep the rewards they earned through the link.

    Cost      at most 9 statements.
    Returns   False for a repeat.
    Raises    RecallRefused.
    Announces SessionActionRecalled, once.
    """
    if not may_recall(action, by, at):
        raise RecallRefused
    return _recall(action, by.pk, at)


@transaction.atomic
def _recall(action: SessionAction, by_id: int | None, at: datetime) -> bool:
    """Recall the action for this person; for nobody in particular where a right ended."""
    # First, as what hides a child's rows does: so the two never wait for each other's rows.
    lock_people(action.session.student_id)
    recalled = SessionAction.objects.filter(pk=action.pk).exclude(status=Status.RECALLED)
    if not recalled.update(status=Status.RECALLED, retry_at=None, recalled_at=at, recalled_by_id=by_id):
        return False
    _end_link(action, at)
    SessionReminder.objects.filter(action=action.pk, sent_at=None).delete()
    GrowthEmail.objects.filter(key__startswith=f"session_action:{action.pk}:", sent_at=None).delete()
    fact = SessionActionRecalled(actor_id=by_id, session_id=action.session_id, action_id=action.pk, action=action.kind)
    return announce(fact, at=at, key=f"session_action_recalled:{action.pk}")


def _end_link(action: SessionAction, at: datetime) -> None:
    """Switch off the link that the action has now, whatever switched it off before, so that nothing brings it back.

    It is read here, behind the lock on the action: it may have been made since the page was drawn. 5 statements.
    """
    link = Link.objects.filter(session_action=action.pk).first()
    if link is None:
        return
    keep_hidden(link)
    mine = Link.objects.filter(pk=link.pk)
    mine.filter(deactivated_at=None).update(deactivated_at=at)
    mine.exclude(deactivation_reason=Link.Reason.PARENT).update(deactivation_reason=Link.Reason.PERSON)
    Prompt.objects.filter(link=link, dismissed_at=None).update(dismissed_at=at)
    forget_cards([link.code])


# -- Rights ----------------------------------------------------------------------------------------------------
def recall_records(event: ConsentWithdrawn, at: datetime) -> None:
    """Recall what shows a school record once its consent is withdrawn, or all of a child's. A durable listener."""
    if event.kind not in {Consent.Kind.COPPA, Consent.Kind.FERPA}:
        return
    standing = SessionAction.objects.all().standing().filter(session__student=event.child_id)
    if event.kind == Consent.Kind.FERPA:
        standing = standing.filter(kind__in=[SessionAction.Kind.CELEBRATION, SessionAction.Kind.PARENT_REEL])
    _recall_all(standing, event.actor_id, at)


def recall_unwanted(event: PreferencesChanged, at: datetime) -> None:
    """Recall all of a learner who switched off transcription. A durable listener. 1 query where there is nothing."""
    standing = SessionAction.objects.all().standing()
    unwanted = standing.filter(session__student=event.user_id, session__student__transcription=False)
    _recall_all(unwanted, event.user_id, at)


def recall_of_link(event: LinkTakenBack, at: datetime) -> None:
    """Recall the action of a link that a parent took back. A durable listener."""
    _recall_all(SessionAction.objects.all().standing().filter(link__code=event.link_code), None, at)


def _recall_all(actions: QuerySet[SessionAction], by_id: int | None, at: datetime) -> None:
    for action in actions.select_related("session").defer("session__transcript", "session__summary"):
        _recall(action, by_id, at)
