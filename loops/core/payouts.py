"""The only payout path of loops: once per key, within everybody's limits, with one decision that records the payout."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from loops.core.base import EarnedReward, Stage
from loops.core.links import lock_link
from loops.core.payment_checks import (
    has_acted,
    is_in_order,
    is_waiting,
    payment_refusal,
    payment_verdict,
    referrers_reason_to_wait,
    takes_budget,
)
from loops.core.referees import first_value_of
from loops.core.registry import loop_of
from loops.core.rewards.grants import Granted, grant_up_to
from loops.core.rewards.holds import restore_reward
from loops.events import SignupAttributed
from loops.models import Link, Payout, Referral, RewardEntry
from loops.rules.credit import ATTRIBUTION_WINDOW
from loops.rules.economy import UNTIL_CHECKED
from viral_engine.accounts.events import AccountCreated, ConsentGiven, GuestMerged, MailboxVerified
from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import INCENTIVES
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions
from viral_engine.learning.events import AttemptCompleted, FvmReached
from viral_engine.learning.models import Attempt
from viral_engine.safety import rules as safety
from viral_engine.safety.services.checks import BLOCKED, HELD
from viral_engine.safety.services.detections import Detection, open_detection

AGENT = INCENTIVES.key
PAID = "The promised rewards were paid."
REWARD = "reward"  # the kind of a review of a referrer's rewards
Status = Payout.Status


# -- Listeners -----------------------------------------------------------------------------------------------
def pay_sign_up(event: SignupAttributed, at: datetime) -> None:
    """Pay for a sign-up, if it may be paid already. A durable listener."""
    _pay_earned(event.user_id, at)


def pay_first_value(event: FvmReached, at: datetime) -> None:
    """Pay for a member who reached first value, which also pays for the sign-up. A durable listener."""
    _pay_earned(event.user_id, at)


def pay_first_acts(events: Sequence[tuple[AttemptCompleted, datetime]]) -> None:
    """Pay for the sign-ups of referees whose first finished attempt this is. A durable listener of many events.

    Without it, a referee who proved the mailbox first and then practiced as everybody does would never be paid for.

    Cost  1 query; 1 more where referees are among the people, and as a payment for each first act.
    """
    acts = {event.user_id: at for event, at in events}
    referees = set(Referral.objects.filter(referee__in=acts).values_list("referee", flat=True))
    if not referees:
        return
    finished = Attempt.objects.filter(user__in=referees, finished_at__isnull=False).order_by()
    counts = dict(finished.values_list("user").annotate(Count("pk")))
    now_finished = Counter(event.user_id for event, _ in events)
    for user_id in sorted(referees):
        if counts.get(user_id, 0) <= now_finished[user_id]:
            _pay_earned(user_id, acts[user_id])


def pay_known_guest(event: AccountCreated | GuestMerged, at: datetime) -> None:
    """Pay for the first value that a guest reached before their account was known. A durable listener."""
    _pay_earned(event.user_id, at)


def pay_verified(event: MailboxVerified, at: datetime) -> None:
    """Pay what waited for the person's mailbox, as a referee and as a referrer. A durable listener."""
    _pay_earned(event.user_id, at)
    resume(Payout.objects.all().paused().filter(referrer=event.user_id), at)


def pay_after_consent(event: ConsentGiven, at: datetime) -> None:
    """Pay what waited for a parent, as a referee and as a referrer, and for the parent, whose first act it is.

    A durable listener.
    """
    _pay_earned(event.child_id, at)
    _pay_earned(event.user_id, at)
    resume(Payout.objects.all().paused().filter(referrer=event.child_id), at)


def resume_waiting(*, at: datetime, limit: int = 500) -> int:
    """Decide payouts again whose referrer is not blocked, or whose link is not switched off, any more.

    The ends of some blocks (a date, a device's entry) are no events, so a periodic task looks for them. Rows that
    still wait are no part of a run, so that none of them keeps a later row from its turn.

    Cost  as `resume`.
    """
    paused = Payout.objects.all().paused().exclude(reason=Payout.UNVERIFIED)
    return resume(paused.filter(is_in_order(at)).order_by("pk")[:limit], at)


def resume(paused: QuerySet[Payout], at: datetime) -> int:
    """Decide the paused payouts whose reason to wait has ended; returns how many were decided.

    A payout that waits for another reason now is marked with it.

    Cost  1 query, 3 for each link, and as a payment for each that is decided.
    """
    found = list(paused.select_related("link__loop", "link__referrer", "referee"))
    links = {one.link_id: one.link for one in found}
    reasons = {pk: referrers_reason_to_wait(link, at) for pk, link in links.items()}
    for payout in found:
        if (reason := reasons[payout.link_id]) and reason != payout.reason:
            _this(payout).update(reason=reason)
    return sum(_claim_and_pay(payout, at) for payout in found if not reasons[payout.link_id])


def _this(payout: Payout) -> QuerySet[Payout]:
    """The payout, as long as it waits for the reason that was read."""
    return Payout.objects.filter(pk=payout.pk, status=Status.WAITING, reason=payout.reason)


@transaction.atomic
def _claim_and_pay(payout: Payout, at: datetime) -> bool:
    """Decide a waiting payout; False if another worker decided it, or staff took it back, meanwhile."""
    lock_link(payout.link)
    if not _this(payout).update(reason=""):  # of two workers the second waits here, and finds another reason or status
        return False
    _decide_and_pay(payout, at)
    return True


def _pay_earned(user_id: int, at: datetime) -> None:
    """Pay each step that this person reached through a link, once their mailbox is proved or a parent agreed."""
    referee = User.objects.get(pk=user_id)
    if is_waiting(referee, at):
        return
    joined = Link.objects.all().first_with_details(referrals__referee=referee)
    if joined is not None and has_acted(referee):
        _pay_stage(joined, referee, Stage.SIGN_UP, at)
    first_value = first_value_of(referee)
    if first_value is None or not first_value.link_code:
        return
    link = Link.objects.all().first_with_details(code=first_value.link_code)
    if link is not None and first_value.at <= link.created_at + ATTRIBUTION_WINDOW:
        _pay_stage(link, referee, Stage.FIRST_VALUE, at)


def _pay_stage(link: Link, referee: User, stage: Stage, at: datetime) -> None:
    rewards = loop_of(link).rewards_for(link, referee, stage)
    key = f"{link.loop_id}:{referee.pk}:{stage}"
    if rewards and not Payout.objects.filter(key=key, referee=referee).exists():
        reason = payment_refusal(referrer=link.referrer, referee=referee)
        pay_rewards(link=link, referee=referee, rewards=rewards, key=key, refused_for=reason, at=at)


# -- Paying --------------------------------------------------------------------------------------------------
def ledger_key(key: str, part: str) -> str:
    """The ledger's key of one side's reward."""
    return f"{key}:{part}"


@transaction.atomic
def pay_rewards(
    *,
    link: Link,
    referee: User,
    rewards: Sequence[EarnedReward],
    key: str,
    refused_for: str | None,
    at: datetime,
    rationale: str = PAID,
    features: Mapping[str, object] | None = None,
    held_for: str = "",
) -> int:
    """Grant each reward once per key, as far as the day's caps allow; returns how many people got a reward.

    `refused_for` is the caller's reason or that of `payment_refusal`; with it nobody is paid. Else the payment's risk
    decides: a block refuses it, a hold and a used-up budget of the referrer make it wait for staff without touching
    anybody's daily caps, and a queued one is paid on hold. A referrer who is blocked or not proved, and a link that
    staff switched off, make it wait until that ends. One decision records the payout, or the reason for none.

    Cost  as `grant_up_to` for each reward, and 12; 2 more for the referrer's first referee of a day, and as
          `open_detection` for a case; 2 for a repeated key.
    """
    payout = Payout(
        link=link,
        referrer=link.referrer,
        referee=referee,
        key=key,
        rewards=[[reward.user.pk, reward.kind, reward.amount, reward.part] for reward in rewards],
        held_for=held_for,
        status=Status.REFUSED if refused_for else Status.WAITING,
        reason=refused_for or "",
        at=at,
    )
    lock_link(link)
    try:
        with transaction.atomic():
            payout.save(force_insert=True)
    except IntegrityError:  # it was decided before
        return 0
    known = {"link": link.code, "inviter_id": link.referrer_id, "key": key} | dict(features or {})
    if refused_for:
        _record(payout, "refused", refused_for, known | {"granted": {}}, at)
        return 0
    return _decide_and_pay(payout, at, rationale=rationale, features=known)


def _decide_and_pay(
    payout: Payout, at: datetime, *, rationale: str = PAID, features: Mapping[str, object] | None = None
) -> int:
    """Pay a waiting payout by its verdict; returns how many people got a reward. The caller holds the payout."""
    link = payout.link
    verdict = payment_verdict(link, payout.referee, at)
    payout.reason = _reason_not_to_pay(payout, verdict, at)
    payout.status = Status.REFUSED if payout.reason == BLOCKED else Status.WAITING if payout.reason else Status.PAID
    payout.held_for = payout.held_for or (UNTIL_CHECKED if verdict.outcome == safety.QUEUE else "")
    payout.signals = verdict.weights
    payout.save(update_fields=["status", "reason", "held_for", "signals"])
    known = dict(features or {"key": payout.key, "link": link.code, "inviter_id": link.referrer_id})
    granted = grant_payout(payout, at) if payout.status == Status.PAID else {}
    short = ", ".join(sorted({one.reason for one in granted.values()} - {""}))
    amounts = {part: one.amount for part, one in granted.items()}
    outcome = {Status.PAID: "rewarded", Status.REFUSED: "refused"}.get(Status(payout.status), "hold")
    _record(payout, outcome, payout.reason or short or rationale, known | {"granted": amounts}, at)
    waits_for_staff = payout.status == Status.WAITING and payout.reason not in Payout.ENDS_BY_ITSELF
    if waits_for_staff or (payout.status == Status.PAID and verdict.outcome == safety.QUEUE):
        _open_case(payout, verdict, at)
    return sum(1 for amount in amounts.values() if amount)


def _reason_not_to_pay(payout: Payout, verdict: safety.Weighing, at: datetime) -> str:
    """The code of why a payout is refused or waits; empty if it may be paid, and counts towards the budget now."""
    if verdict.outcome == safety.BLOCK:
        return BLOCKED
    if waits_for := referrers_reason_to_wait(payout.link, at):
        return waits_for
    if verdict.outcome == safety.HOLD:
        return HELD
    return "" if takes_budget(payout.link, payout.referee, at) else "referrer_budget"


def grant_payout(payout: Payout, at: datetime) -> dict[str, Granted]:
    """Grant the rewards of a payout, each once per ledger key; returns what each side got.

    Two payouts may share one side's reward (a rescue); where the first was taken back, the second restores it.
    """
    restore_payout(payout, at)
    people = User.objects.in_bulk([user_id for user_id, *_ in payout.rewards])
    return {
        part: grant_up_to(
            user=people[user_id],
            kind=kind,
            amount=amount,
            reason=payout.link.loop.title,
            key=payout.ledger_keys[part],
            loop=payout.link.loop_id,
            at=at,
            held_for=payout.held_for,
        )
        for user_id, kind, amount, part in payout.rewards
        if user_id in people
    }


def restore_payout(payout: Payout, at: datetime) -> None:
    """Restore what the payout granted before it was taken back. Cost  1 query, and as each restored reward."""
    entries = RewardEntry.objects.all().taken_back().filter(key__in=payout.ledger_keys.values())
    for key in list(entries.values_list("key", flat=True)):
        restore_reward(key=key, at=at, held_for=payout.held_for)


def _open_case(payout: Payout, verdict: safety.Weighing, at: datetime) -> None:
    """One case per referrer collects everything of theirs that waits."""
    found = Detection(
        payout.referrer_id,
        "hold" if payout.status == Status.WAITING else "queue",
        verdict.reason if payout.reason in ("", HELD) else payout.reason,
        {"signals": verdict.weights, "link": payout.link.code, "loop": payout.link.loop_id},
        kind=REWARD,
        object_key=str(payout.referrer_id),
    )
    open_detection(found, at=at)


def _record(payout: Payout, outcome: str, rationale: str, features: Mapping[str, object], at: datetime) -> None:
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=payout.referee_id,
            type=payout.link.loop_id,
            outcome=outcome,
            rationale=rationale,
            features=dict(features) | ({"signals": payout.signals} if payout.signals else {}),
            decided_at=at,
        )
    )
