from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from loops.events import SignupAttributed
from loops.models import AttributionWindow, Credit, Referral, Touch
from loops.rules.credit import ATTRIBUTION_WINDOW, MODELS, credit
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.rules import canonical_email
from viral_engine.kernel.agent_registry import ATTRIBUTION
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, record_decisions
from viral_engine.safety.services.signals import is_second_account, note_referral, share_a_proven_mailbox

AGENT = ATTRIBUTION.key
MAX_GENERATIONS = 20  # generations looked back for one person behind two accounts


@dataclass(frozen=True, slots=True)
class TouchPath:
    """A person's clicks before sign-up: the touches that may be credited, and why others may not."""

    touches: Sequence[Touch]  # oldest first
    refused: Sequence[tuple[Touch, str]]


def attribute_sign_up(event: AccountCreated, at: datetime) -> None:
    """Attribute the sign-up to the last eligible touch, store credit by five models, and log the decision.

    Touches count within the attribution window of their loop. Ineligible touches (own link, second account, circular
    referral, simulated person) are skipped, so the last touch is the last eligible one.

    A durable listener: it runs in one transaction with the mark of its delivery.

    Announces SignupAttributed.
    """
    referee = User.objects.get(pk=event.user_id)
    touches = _touches_in_window(str(referee.person_id), at)
    if not touches:
        return
    path = _split_by_eligibility(referee, touches)
    paid = path.touches[-1] if path.touches else None
    if paid is not None:
        _attribute(referee, event, path.touches, at)
    last, reason = (paid, None) if paid else path.refused[-1]
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=referee.pk,
            guest_id=event.guest_id,
            type=event.type,
            outcome="refuse" if reason else "attribute",
            rationale=reason or f"Last touch, link {last.link.code}.",
            features={
                "link": last.link.code,
                "referrer_id": last.link.referrer_id,
                "channel": last.channel,
                "touches": len(path.touches),
                "left_out": [{"link": touch.link.code, "reason": why} for touch, why in path.refused],
            },
            decided_at=at,
        )
    )


def _touches_in_window(visitor: str, at: datetime) -> list[Touch]:
    """Cost  2 queries; 1 without touches."""
    touches = list(Touch.objects.by(visitor).until(at))
    if not touches:
        return []
    windows = dict(AttributionWindow.objects.values_list("loop_id", "days"))
    default = ATTRIBUTION_WINDOW.days
    return [
        touch for touch in touches if at - touch.clicked_at <= timedelta(days=windows.get(touch.link.loop_id, default))
    ]


def _split_by_eligibility(referee: User, touches: Sequence[Touch]) -> TouchPath:
    """Cost  3 queries, 1 more per referrer and 1 more per generation before each referrer."""
    if referee.is_simulated or Referral.objects.filter(referee=referee).exists():
        reason = "simulated_person" if referee.is_simulated else "second_attribution"
        return TouchPath([], [(touch, reason) for touch in touches])
    referrers = {touch.link.referrer_id: touch.link.referrer for touch in touches}
    is_second = is_second_account(referee)
    reasons = {pk: _ineligibility(referrer, referee, is_second_account=is_second) for pk, referrer in referrers.items()}
    judged = [(touch, reasons[touch.link.referrer_id]) for touch in touches]
    return TouchPath([touch for touch, why in judged if why is None], [(touch, why) for touch, why in judged if why])


def _ineligibility(referrer: User, referee: User, *, is_second_account: bool) -> str | None:
    """Return why the two cannot be referrer and referee, as a code for the log; None if they can."""
    if referrer.is_simulated:
        return "simulated_person"
    reason = self_referral_reason(referrer=referrer, referee=referee)
    if reason is None and is_second_account:
        return "second_account"
    if reason is None and referrer.date_joined > referee.date_joined:
        return "referrer_joined_later"
    return reason or ("circular_referral" if is_circular(referrer, referee) else None)


def self_referral_reason(*, referrer: User, referee: User) -> str | None:
    """Return why the two accounts may not reward each other (the same person owns both); None if they may.

    Cost  1 query.
    """
    if referrer.pk == referee.pk:
        return "self_referral"
    if referrer.email and referee.email and canonical_email(referrer.email) == canonical_email(referee.email):
        return "self_referral_mailbox"
    if referrer.signup_device and referrer.signup_device in _devices_of(referee):
        return "self_referral_device"
    return None


def is_circular(referrer: User, referee: User) -> bool:
    """Return whether the referee, under any account, is an ancestor of the referrer in the referral tree.

    An ancestor's mailbox counts once they proved it.

    Cost  1 query and 1 per generation before the referrer, at most 20; with ancestors 2 more.
    """
    ancestors = {one.pk: one.signup_device for one in islice(_ancestors(referrer), MAX_GENERATIONS)}
    if not ancestors:
        return False
    if referee.pk in ancestors or not _devices_of(referee).isdisjoint(filter(None, ancestors.values())):
        return True
    return share_a_proven_mailbox(ancestors, referee)


def _devices_of(person: User) -> set[str]:
    """Cost  1 query."""
    return {person.signup_device, *Guest.objects.filter(user=person).values_list("device", flat=True)}


def _ancestors(person: User) -> Iterator[User]:
    link = Referral.objects.filter(referee=person).select_related("referrer").first()
    while link is not None:
        yield link.referrer
        link = Referral.objects.filter(referee=link.referrer).select_related("referrer").first()


def _attribute(referee: User, event: AccountCreated, path: Sequence[Touch], at: datetime) -> None:
    paid = path[-1]
    brought = Referral.objects.filter(referee=paid.link.referrer).values_list("generation", flat=True).first()
    referral = Referral.objects.create(
        referee=referee,
        referrer=paid.link.referrer,
        link=paid.link,
        touch=paid,
        generation=1 + (brought or 0),
        attributed_at=at,
    )
    _store_credits(referral, path, at)
    note_referral(referee_id=referee.pk, referrer_id=referral.referrer_id, depth=referral.generation, at=at)
    attributed = SignupAttributed(
        actor_id=referee.pk,
        guest_id=event.guest_id,
        link_code=paid.link.code,
        loop=paid.link.loop_id,
        referrer_id=paid.link.referrer_id,
    )
    announce(attributed, at=at, key=f"attributed:{referee.pk}")


def _store_credits(referral: Referral, path: Sequence[Touch], at: datetime) -> None:
    """Store how each model distributes exactly one sign-up over the touches; 1 statement."""
    ages = [at - touch.clicked_at for touch in path]
    Credit.objects.bulk_create(
        Credit(referral=referral, touch=touch, model=model, basis_points=points)
        for model in MODELS
        for touch, points in zip(path, credit(model, ages), strict=True)
        if points
    )
