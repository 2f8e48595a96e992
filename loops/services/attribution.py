from datetime import datetime

from loops import rules
from loops.events import SignupAttributed
from loops.models import Referral, Touch
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.rules import folded_email
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, record_decisions

AGENT = "attribution"


def attribute_sign_up(event: AccountCreated, at: datetime) -> None:
    """The last touch in 30 days owns the sign-up, unless a rule refuses it; either way the log says why.

    A promised listener: it runs in one transaction with the mark that it ran.

    Announces SignupAttributed.
    """
    referee = User.objects.get(pk=event.user_id)
    touch = Touch.objects.by(str(referee.person_id)).last_before(at, since=at - rules.ATTRIBUTION_WINDOW)
    if touch is None:
        return
    reason = refusal(referrer=touch.link.inviter, referee=referee) or _already_or_circular(referee, touch.link.inviter)
    if reason is None:
        Referral.objects.create(
            referee=referee, referrer=touch.link.inviter, link=touch.link, touch=touch, attributed_at=at
        )
        attributed = SignupAttributed(
            actor_id=referee.pk,
            guest_id=event.guest_id,
            link_code=touch.link.code,
            loop=touch.link.loop_id,
            referrer_id=touch.link.inviter_id,
        )
        announce(attributed, at=at, key=f"attributed:{referee.pk}")
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=referee.pk,
            guest_id=event.guest_id,
            type=event.type,
            outcome="refuse" if reason else "attribute",
            rationale=reason or f"Last touch, link {touch.link.code}.",
            features={"link": touch.link.code, "referrer_id": touch.link.inviter_id, "channel": touch.channel},
            decided_at=at,
        )
    )


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


def _already_or_circular(referee: User, referrer: User) -> str | None:
    """One referrer per person; only an earlier account refers; nobody is brought by somebody they brought.

    Cost  1 query, and 1 more per generation of the referrer's own chain, 20 at the most.
    """
    if Referral.objects.filter(referee=referee).exists():
        return "second_attribution"
    if referrer.date_joined > referee.date_joined:
        return "referrer_joined_later"
    ancestor: int | None = referrer.pk
    for _ in range(20):
        ancestor = Referral.objects.filter(referee_id=ancestor).values_list("referrer_id", flat=True).first()
        if ancestor is None:
            return None
        if ancestor == referee.pk:
            return "circular_referral"
    return "chain_too_deep"
