from collections.abc import Callable, Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from viral_engine.accounts.events import ConsentGiven, ConsentWithdrawn
from viral_engine.accounts.models import Consent, ConsentRequest, Guardianship, Role, User
from viral_engine.accounts.rules import (
    ADULT_AGE,
    CONSENT_TEXT_VERSION,
    ConsentState,
    consent_state,
    is_minor,
    needs_consent,
)
from viral_engine.accounts.services.locks import lock_people
from viral_engine.kernel.clock import today
from viral_engine.kernel.leases import TryLater, run
from viral_engine.kernel.services import announce

# Switches of a child's account that stay off until a parent consents, and go off again on withdrawal.
SHARED_BY_CONSENT = ("presence_visible", "feed_visible", "growth_prompts")


class ConsentRefused(Exception):
    """This person may not give or withdraw this consent; the message says why."""


def may_consent(person: User, at: datetime) -> bool:
    """Whether the person is an adult with a parent's account; no query."""
    age = person.age_on(today(at))
    return person.role == Role.PARENT and age is not None and age >= ADULT_AGE


def is_child(person: User, at: datetime) -> bool:
    """Whether the law asks for a parent's consent for this learner; no query."""
    return person.role == Role.STUDENT and needs_consent(person.age_on(today(at)))


def consent_state_of(person: User, at: datetime) -> ConsentState:
    """Where a parent's consent for this person stands. Cost  1 query for a child under 13, none for others."""
    if not is_child(person, at):
        return ConsentState.NOT_NEEDED
    facts = User.objects.filter(pk=person.pk).annotate(**consent_facts()).values(*consent_facts()).get()
    return consent_state(is_needed=True, **facts)


def consent_facts() -> dict[str, Exists]:
    """Annotations of a user: the arguments of `rules.consent_state`."""
    given = Consent.objects.filter(child=OuterRef("pk"), kind=Consent.Kind.COPPA)
    asked = ConsentRequest.objects.filter(child=OuterRef("pk"))
    return {
        "has_consent": Exists(given.in_force()),
        "had_consent": Exists(given),
        "was_asked": Exists(asked),
        "was_answered": Exists(asked.filter(answered_at__isnull=False)),
    }


def require_guardian(parent: User, child: User) -> None:
    """Require that the parent is the child's guardian. Raises  ConsentRefused. 1 query."""
    if not Guardianship.objects.filter(parent=parent, child=child).exists():
        raise ConsentRefused("This child is not in your family.")


def require_guardian_of_minor(parent: User, child: User, at: datetime) -> None:
    """Require that the parent decides for the child. Raises  ConsentRefused, also for an adult child. 1 query."""
    require_guardian(parent, child)
    if not is_minor(child.age_on(today(at))):
        raise ConsentRefused("Your child is an adult now and decides for themselves.")


@transaction.atomic
def answer_request(
    *, request: ConsentRequest, parent: User, kinds: Collection[str], ip_hash: str, at: datetime
) -> None:
    """Make the parent the child's guardian and give the chosen consents.

    Raises  ConsentRefused for a non-parent, the child itself, an adult child, or an expired or answered request.
    """
    if not may_consent(parent, at) or parent.pk == request.child_id:
        raise ConsentRefused("Log in with a parent's account to answer.")
    if not ConsentRequest.objects.open_at(at).filter(pk=request.pk).update(answered_at=at):
        raise ConsentRefused("This request has been answered or has expired.")
    Guardianship.objects.get_or_create(parent=parent, child=request.child, defaults={"created_at": at})
    for kind in kinds:
        give_consent(parent=parent, child=request.child, kind=kind, method="email_plus", ip_hash=ip_hash, at=at)


@transaction.atomic
def give_consent(*, parent: User, child: User, kind: str, method: str, ip_hash: str, at: datetime) -> Consent:
    """Give one consent; the first COPPA consent also switches the child's sharing on. Repeating changes nothing.

    Raises    ConsentRefused when the child is not theirs or is an adult.
    Announces ConsentGiven, once per new consent.
    """
    require_guardian_of_minor(parent, child, at)
    was_in_force = kind in Consent.objects.kinds_for(child.pk)
    consent, is_new = Consent.objects.get_or_create(
        child=child,
        given_by=parent,
        kind=kind,
        withdrawn_at=None,
        defaults={"method": method, "text_version": CONSENT_TEXT_VERSION, "ip_hash": ip_hash, "given_at": at},
    )
    if is_new:
        if kind == Consent.Kind.COPPA:  # the purge would delete a child with an open request
            ConsentRequest.objects.filter(child=child, answered_at=None).update(answered_at=at)
        if not was_in_force:  # keep switches the child has changed since the first parent's consent
            _switch_sharing(child, kind, on=True, at=at)
        announce(ConsentGiven(actor_id=parent.pk, child_id=child.pk, kind=kind), at=at)
    return consent


def _switch_sharing(child: User, kind: str, *, on: bool, at: datetime) -> None:
    if kind == Consent.Kind.COPPA and needs_consent(child.age_on(today(at))):
        User.objects.filter(pk=child.pk).update(**dict.fromkeys(SHARED_BY_CONSENT, on))


@transaction.atomic
def withdraw_consent(*, parent: User, child: User, kind: str, at: datetime) -> bool:
    """End every parent's consent of this kind for the child; False if none was in force.

    Raises    ConsentRefused when the child is not theirs.
    Announces ConsentWithdrawn.
    """
    require_guardian(parent, child)
    return _end(Consent.objects.in_force().filter(child=child, kind=kind), by=parent, child=child, kind=kind, at=at)


@transaction.atomic
def withdraw_all_given_by(*, parent: User, at: datetime) -> None:
    """Withdraw every consent this parent gave; other parents' consents stay in force.

    Announces ConsentWithdrawn for each kind that ends.
    """
    given = Consent.objects.in_force().filter(given_by=parent)
    for consent in given.select_related("child"):
        _end(given.filter(pk=consent.pk), by=parent, child=consent.child, kind=consent.kind, at=at)


def _end(consents: QuerySet[Consent], *, by: User, child: User, kind: str, at: datetime) -> bool:
    lock_people(child.pk)  # what the child shares at this moment is written before, or sees no consent
    if not consents.update(withdrawn_at=at):
        return False
    if kind not in Consent.objects.kinds_for(child.pk):
        _switch_sharing(child, kind, on=False, at=at)
        announce(ConsentWithdrawn(actor_id=by.pk, child_id=child.pk, kind=kind), at=at)
    return True


def mail_waiting_requests(*, send: Callable[[ConsentRequest], None], at: datetime, limit: int = 50) -> int:
    """Write once to the parent of every waiting request; returns how many mails were sent. A failed mail is retried."""

    def mail(request: ConsentRequest) -> None:
        try:
            send(request)
        except OSError as error:  # the mail server is away; smtplib's errors are OSErrors
            raise TryLater(type(error).__name__) from None

    return len(run(ConsentRequest.objects.select_related("child"), mail, at=at, limit=limit))
