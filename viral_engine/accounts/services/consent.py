from collections.abc import Callable, Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from viral_engine.accounts.events import AccountCreated, ConsentGiven, ConsentWithdrawn
from viral_engine.accounts.models import Consent, ConsentFollowUp, ConsentRequest, Guardianship, Role, User
from viral_engine.accounts.rules import (
    ADULT_AGE,
    CONSENT_TEXT_VERSION,
    VERIFIED_KINDS,
    ConsentState,
    canonical_email,
    consent_state,
    consent_text_hash,
    is_minor,
    needs_consent,
)
from viral_engine.accounts.services.locks import lock_people
from viral_engine.accounts.services.mailboxes import has_proven
from viral_engine.kernel import limiter
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.clock import today
from viral_engine.kernel.leases import GiveUp, TryLater, run
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.kernel.services import announce

# Switches of a child's account that stay off until a parent consents, and go off again on withdrawal.
SHARED_BY_CONSENT = ("presence_visible", "feed_visible", "growth_prompts")


# Mails to one mailbox in a day: a child, or a bully, can name any address.
MAX_MAILS, MAX_MAILS_S = 3, 24 * 3600

SIGN_UP = "sign_up"  # the type of trust and safety's decision about a new account

NOT_A_PARENT = "Log in with a parent's account to answer."
OTHER_MAILBOX = "This request is for another e-mail address. Log in with the account that has it."
UNPROVEN = "Please confirm your e-mail first: log in with a code by e-mail, then open this page again."
CHILDS_DEVICE = (
    "Your child uses this device, so we cannot tell who answers here. Open our e-mail on your own phone or "
    "computer, and answer there. If you have no other device, write to us."
)
CHILD_WAS_HERE = "child"  # in place of a device's hash: a browser in which the child has logged in
IN_REVIEW = "Our team has to look at your account first. Write to us, and we will help you."
CHECKING = "We are still checking your new account. Try again in a minute."


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
    """Require that the parent, with a proven mailbox, is the child's guardian. Raises  ConsentRefused. 1 query."""
    if not Guardianship.objects.filter(parent=parent, child=child).proven().exists():
        raise ConsentRefused("This child is not in your family.")


def require_guardian_of_minor(parent: User, child: User, at: datetime) -> None:
    """Require that the parent decides for the child. Raises  ConsentRefused, also for an adult child. 1 query."""
    require_guardian(parent, child)
    if not is_minor(child.age_on(today(at))):
        raise ConsentRefused("Your child is an adult now and decides for themselves.")


def answer_refusal(*, request: ConsentRequest, parent: User, device: str, at: datetime) -> str:
    """Why this person may not answer a child's request; empty when they may. Cost  at most 4 queries."""
    if not may_consent(parent, at) or parent.pk == request.child_id:
        return NOT_A_PARENT
    if not has_proven(parent, request.parent_email):
        return UNPROVEN if parent.email == request.parent_email else OTHER_MAILBOX
    return family_refusal(child=request.child, parent=parent, device=device)


def device_refusal(*, child: User, parent: User, device: str) -> str:
    """Why a consent does not count from this device: it is the child's, or the parent's account began on it."""
    is_childs = device == CHILD_WAS_HERE or (
        child.signup_device != "" and child.signup_device in {device, parent.signup_device}
    )
    return CHILDS_DEVICE if is_childs else ""


def family_refusal(*, child: User, parent: User, device: str) -> str:
    """Why a parent may not agree to more here; empty when they may. Cost  1 query; 2 without a decision."""
    return device_refusal(child=child, parent=parent, device=device) or verdict_refusal(parent)


def verdict_refusal(parent: User) -> str:
    """The decision of trust and safety about the parent's sign-up. Staff release a parent in the review queue.

    Cost  1 query; 2 for an account without a decision.
    """
    if verdict := sign_up_verdict_of(parent):
        return IN_REVIEW if verdict in {"block", "hold"} else ""
    is_unchecked = LoggedEvent.objects.filter(type=AccountCreated.type, actor_id=parent.pk).exists()
    return CHECKING if is_unchecked else ""


def sign_up_verdict_of(person: User) -> str:
    """The verdict in force about a sign-up, which staff may have replaced; empty before the check. 1 query."""
    verdicts = Decision.objects.made_for(person.pk, agent=TRUST_AND_SAFETY.key).filter(type=SIGN_UP)
    return verdicts.order_by("-decided_at", "-pk").values_list("outcome", flat=True).first() or ""


@transaction.atomic
def answer_request(
    *, request: ConsentRequest, parent: User, kinds: Collection[str], ip_hash: str, at: datetime, device: str = ""
) -> None:
    """Make the parent the child's guardian, give the chosen consents, and plan the confirming mail.

    Raises  ConsentRefused for a non-parent, another or unproven mailbox, the child's own device, an account that trust
            and safety blocked, an adult child, or an expired or answered request.
    """
    lock_people(request.child_id)
    if refusal := answer_refusal(request=request, parent=parent, device=device, at=at):
        raise ConsentRefused(refusal)
    if not ConsentRequest.objects.open_at(at).filter(pk=request.pk).update(answered_at=at):
        raise ConsentRefused("This request has been answered or has expired.")
    child, method = request.child, Consent.Method.EMAIL_PLUS
    Guardianship.objects.get_or_create(parent=parent, child=child, defaults={"created_at": at})
    evidence = f"request:{request.pk}"
    for kind in kinds:
        give_consent(parent=parent, child=child, kind=kind, method=method, evidence=evidence, ip_hash=ip_hash, at=at)
    if kinds:
        due = {"due_at": at + ConsentFollowUp.DELAY}
        ConsentFollowUp.objects.get_or_create(child=child, parent=parent, defaults=due)


@transaction.atomic
def give_consent(
    *, parent: User, child: User, kind: str, method: str, ip_hash: str, at: datetime, evidence: str = ""
) -> Consent:
    """Give one consent; the first COPPA consent also switches the child's sharing on. Repeating changes nothing.

    Raises    ConsentRefused when the child is not theirs or is an adult, or the method is too weak for the kind.
    Announces ConsentGiven, once per new consent.
    """
    lock_people(child.pk)  # a withdrawal of the consent that this one needs comes before or after
    require_guardian_of_minor(parent, child, at)
    in_force = Consent.objects.kinds_for(child.pk)
    if kind in VERIFIED_KINDS and (method not in Consent.STRONG_METHODS or Consent.Kind.COPPA not in in_force):
        raise ConsentRefused("This needs a signed form, and your permission for rooms and challenges first.")
    text = {"text_version": CONSENT_TEXT_VERSION, "text_hash": consent_text_hash(kind)}
    consent, is_new = Consent.objects.get_or_create(
        child=child,
        given_by=parent,
        kind=kind,
        withdrawn_at=None,
        defaults={"method": method, "evidence": evidence, "ip_hash": ip_hash, "given_at": at} | text,
    )
    if is_new:
        if kind == Consent.Kind.COPPA:  # the purge would delete a child with an open request
            ConsentRequest.objects.filter(child=child, answered_at=None).update(answered_at=at)
        if kind not in in_force:  # keep switches the child has changed since the first parent's consent
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
        if kind == Consent.Kind.COPPA:  # nobody is published who may not be seen
            published = Consent.objects.in_force().filter(child=child, kind=Consent.Kind.DISCLOSURE)
            _end(published, by=by, child=child, kind=Consent.Kind.DISCLOSURE, at=at)
    return True


def mail_waiting_requests(*, send: Callable[[ConsentRequest], None], at: datetime, limit: int = 50) -> int:
    """Write once to the parent of every waiting request; returns how many mails were sent. A failed mail is retried.

    A mailbox gets three such mails a day, however it is spelled; further requests wait, or expire.
    """

    def mail(request: ConsentRequest) -> None:
        mailbox = canonical_email(request.parent_email)
        if not limiter.allow("consent_mail", mailbox, limit=MAX_MAILS, window_s=MAX_MAILS_S):
            raise TryLater("three mails a day", wait_s=3600)
        try:
            send(request)
        except (TryLater, GiveUp):  # no mail reached the mailbox
            limiter.give_back("consent_mail", mailbox, window_s=MAX_MAILS_S)
            raise

    return len(run(ConsentRequest.objects.select_related("child"), mail, at=at, limit=limit))


def mail_follow_ups(*, send: Callable[[ConsentFollowUp], None], at: datetime, limit: int = 50) -> int:
    """Confirm consents that were given by mail a day ago; one that was taken back meanwhile needs no mail."""

    def mail(follow_up: ConsentFollowUp) -> None:
        given = Consent.objects.in_force().filter(child=follow_up.child, given_by=follow_up.parent)
        if not follow_up.parent.email or not given.exists():
            return
        send(follow_up)

    return len(run(ConsentFollowUp.objects.select_related("child", "parent"), mail, at=at, limit=limit))
