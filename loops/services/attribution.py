from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from loops import rules
from loops.events import SignupAttributed
from loops.models import AttributionWindow, Credit, Referral, Touch
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.rules import folded_email
from viral_engine.kernel.agent_registry import ATTRIBUTION
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, record_decisions

AGENT = ATTRIBUTION.key
OLDEST_ANCESTORS = 20  # generations looked back for one person behind two accounts


@dataclass(frozen=True, slots=True)
class Path:
    """The clicks of one person before they joined: those that may be credited, and why others may not."""

    touches: Sequence[Touch]  # oldest first
    refused: Sequence[tuple[Touch, str]]


def attribute_sign_up(event: AccountCreated, at: datetime) -> None:
    """The last touch that may be credited owns the sign-up, and five models share it out; the log says why, or why not.

    Touches count within the window of their loop. One that a rule refuses (oneself, a second account, a circle,
    somebody simulated) is left out, and the one before it is the last.

    A promised listener: it runs in one transaction with the mark that it ran.

    Announces SignupAttributed.
    """
    referee = User.objects.get(pk=event.user_id)
    touches = _touches_in_window(str(referee.person_id), at)
    if not touches:
        return
    path = _credited(referee, touches)
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
                "referrer_id": last.link.inviter_id,
                "channel": last.channel,
                "touches": len(path.touches),
                "left_out": [{"link": touch.link.code, "reason": why} for touch, why in path.refused],
            },
            decided_at=at,
        )
    )


def _touches_in_window(visitor: str, at: datetime) -> list[Touch]:
    """Cost  2 queries; 1 where nothing was clicked."""
    touches = list(Touch.objects.by(visitor).until(at))
    if not touches:
        return []
    windows = dict(AttributionWindow.objects.values_list("loop_id", "days"))
    default = rules.ATTRIBUTION_WINDOW.days
    return [
        touch for touch in touches if at - touch.clicked_at <= timedelta(days=windows.get(touch.link.loop_id, default))
    ]


def _credited(referee: User, touches: Sequence[Touch]) -> Path:
    """Cost  2 queries, and for each inviter 1 more and 1 for each generation before them."""
    if referee.is_simulated or Referral.objects.filter(referee=referee).exists():
        reason = "simulated_person" if referee.is_simulated else "second_attribution"
        return Path([], [(touch, reason) for touch in touches])
    inviters = {touch.link.inviter_id: touch.link.inviter for touch in touches}
    reasons = {pk: _objection(inviter, referee) for pk, inviter in inviters.items()}
    judged = [(touch, reasons[touch.link.inviter_id]) for touch in touches]
    return Path([touch for touch, why in judged if why is None], [(touch, why) for touch, why in judged if why])


def _objection(referrer: User, referee: User) -> str | None:
    """Only an earlier account of a real person refers, and nobody is brought by somebody they brought."""
    if referrer.is_simulated:
        return "simulated_person"
    reason = refusal(referrer=referrer, referee=referee)
    if reason is None and referrer.date_joined > referee.date_joined:
        return "referrer_joined_later"
    return reason or ("circular_referral" if _closes_a_circle(referrer, referee) else None)


def refusal(*, referrer: User, referee: User) -> str | None:
    """Why the two may not reward each other: one person behind both, or the wrong order of joining.

    Cost  1 query.
    """
    if referrer.pk == referee.pk:
        return "self_referral"
    if referrer.email and referee.email and folded_email(referrer.email) == folded_email(referee.email):
        return "self_referral_mailbox"
    devices = {referee.signup_device, *Guest.objects.filter(user=referee).values_list("device", flat=True)}
    if referrer.signup_device and referrer.signup_device in devices:
        return "self_referral_device"
    return None


def _closes_a_circle(referrer: User, referee: User) -> bool:
    """Whether one who brought the referrer, or brought that one, is the referee, under whatever account.

    Cost  2 queries for each generation before the referrer, 20 of them at the most.
    """
    return any(refusal(referrer=one, referee=referee) for one in islice(_ancestors(referrer), OLDEST_ANCESTORS))


def _ancestors(person: User) -> Iterator[User]:
    link = Referral.objects.filter(referee=person).select_related("referrer").first()
    while link is not None:
        yield link.referrer
        link = Referral.objects.filter(referee=link.referrer).select_related("referrer").first()


def _attribute(referee: User, event: AccountCreated, path: Sequence[Touch], at: datetime) -> None:
    paid = path[-1]
    brought = Referral.objects.filter(referee=paid.link.inviter).values_list("generation", flat=True).first()
    referral = Referral.objects.create(
        referee=referee,
        referrer=paid.link.inviter,
        link=paid.link,
        touch=paid,
        generation=1 + (brought or 0),
        attributed_at=at,
    )
    _share_out(referral, path, at)
    attributed = SignupAttributed(
        actor_id=referee.pk,
        guest_id=event.guest_id,
        link_code=paid.link.code,
        loop=paid.link.loop_id,
        referrer_id=paid.link.inviter_id,
    )
    announce(attributed, at=at, key=f"attributed:{referee.pk}")


def _share_out(referral: Referral, path: Sequence[Touch], at: datetime) -> None:
    """Every model gives away the whole sign-up, no more and no less; 1 statement."""
    ages = [at - touch.clicked_at for touch in path]
    Credit.objects.bulk_create(
        Credit(referral=referral, touch=touch, model=model, basis_points=points)
        for model in rules.MODELS
        for touch, points in zip(path, rules.credit(model, ages), strict=True)
        if points
    )
