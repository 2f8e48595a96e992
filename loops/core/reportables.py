"""Links, cards and rewards as kinds of the review queue."""

from datetime import datetime

from loops.core.links import code_of, deactivate, lock_link, reactivate
from loops.core.payouts import resume
from loops.core.reversals import bring_back, release_waiting, reverse, still_held, take_back_release
from loops.models import Link, Payout
from viral_engine.accounts.models import User
from viral_engine.accounts.services.hiding import hide_again, is_shared, keep_hidden
from viral_engine.kernel.services import mark_events, mark_events_of_link
from viral_engine.safety.services.kinds import Record, Reporter, ReviewKind

REWARD = "reward"


def _find_link(code: str) -> Link | None:
    return Link.objects.select_related("referrer", "loop").filter(code=code).first()


def _describe_link(link: Link) -> Record:
    return {
        "loop": link.loop.title,
        "copy": " ".join(str(text) for text in link.words.values())[:300],
        "created": link.created_at.isoformat(),
        "touches": link.touches.count(),
        "sign_ups": link.referrals.count(),
    }


def _hide_link(link: Link, at: datetime) -> Record:
    """Switch the link off, take its rewards back, and leave its events out of K, experiments and every count."""
    lock_link(link)
    return {
        **_switch_off(link, at),
        "payouts": reverse(Payout.objects.filter(link=link), at),
        "events": mark_events_of_link(link.code),
    }


def _switch_off(link: Link, at: datetime) -> Record:
    """Its page and card say that it ended; rewards and counts stay until staff decide."""
    was_live = is_shared(link)
    keep_hidden(link)
    deactivate(link, at)
    return {"was_live": was_live}


def _restore_link(link: Link, record: Record, at: datetime) -> None:
    if record.get("was_live"):
        reactivate(link)
        for person in {link.referrer_id, link.about_id or link.referrer_id}:
            hide_again(user_id=person, at=at)
    bring_back(record.get("payouts", {}), at)
    resume(Payout.objects.all().paused().filter(link=link), at)
    mark_events(record.get("events", ()), is_invalid=False)


def _is_link_shown(link: Link, _: Reporter) -> bool:
    """Anybody with its signed address sees it; `code_of` refuses every other address."""
    return link.deactivated_at is None


# -- The rewards of one referrer -----------------------------------------------------------------------------
def _find_referrer(key: str) -> User | None:
    return User.objects.filter(pk=int(key)).first() if key.isdecimal() else None


def _describe_rewards(referrer: User) -> Record:
    waiting = Payout.objects.all().waiting_for(referrer.pk).select_related("referee").order_by("pk")[:50]
    lines = [f"{one.referee.username}: {', '.join([one.reason, *one.signals])}, {one.key}" for one in waiting]
    paid = Payout.objects.filter(referrer=referrer, status=Payout.Status.PAID).count()
    return {"paid": paid, "waiting": lines or "nothing"}


def _refuse_rewards(referrer: User, at: datetime) -> Record:
    """Refuse what waits, and take back what was paid on hold and is not released."""
    waiting = Payout.objects.all().waiting_for(referrer.pk)
    return {"payouts": reverse(waiting, at) | reverse(still_held(referrer), at)}


def _restore_rewards(_: User, record: Record, at: datetime) -> None:
    bring_back(record.get("payouts", {}), at)


LINK_KIND = ReviewKind(
    name="link",
    other_names=("card",),
    label="your link",
    find=_find_link,
    owner_of=lambda link: int(link.referrer_id),
    describe=_describe_link,
    hide=_hide_link,
    hide_meanwhile=_switch_off,
    restore=_restore_link,
    is_shown_to=_is_link_shown,
    key_for=code_of,
)
REWARD_KIND = ReviewKind(
    name=REWARD,
    label="rewards for inviting",
    find=_find_referrer,
    owner_of=lambda referrer: int(referrer.pk),
    describe=_describe_rewards,
    hide=_refuse_rewards,
    restore=_restore_rewards,
    release=release_waiting,
    recall=take_back_release,
)
