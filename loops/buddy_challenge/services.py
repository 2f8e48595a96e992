"""Ask for a challenge, accept one, and pay for it once the friend has an account."""

from datetime import datetime

from django.db import transaction

from feeds.models import Activity
from loops.buddy_challenge.models import Challenge, ChallengeEntry
from loops.core.base import EarnedReward
from loops.core.decks import open_deck
from loops.core.orchestrator import OfferDecision, offer_on_request
from loops.core.payment_checks import is_waiting, payment_refusal
from loops.core.payouts import ledger_key, pay_rewards
from loops.core.referees import SettlingEvent, entries_affected_by, ineligibility_for_payout, record_arrival
from loops.events import ChallengedBack, ChallengeInitiated
from loops.models import Link
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.limiter import allow
from viral_engine.kernel.services import announce, announce_unlogged
from viral_engine.learning.events import ChallengeWon
from viral_engine.learning.models import Attempt, Result, Skill

Outcome = ChallengeEntry.Outcome
DAY_S = 24 * 3600
SAME_PERSON = frozenset({"self_referral", "self_referral_mailbox", "self_referral_device", "second_account"})


def challenge_with(*, result: Result, at: datetime) -> OfferDecision:
    """Dare a friend to beat a result: the challenge it already has, or a new one through the orchestrator.

    Cost  as `offer_on_request`, with 1 query to find the challenge.
    """
    skill = result.skill.slug if result.skill else ""
    asked = ChallengeInitiated(
        actor_id=result.attempt.user_id, attempt_id=str(result.pk), skill=skill, score=result.score
    )
    return offer_on_request(asked, at, find=lambda: _link_of(result, at))


def _link_of(result: Result, at: datetime) -> Link | None:
    challenge = Challenge.objects.playable(at).filter(attempt=result.pk).first()
    return challenge.link if challenge is not None else None


def challenge_back(*, activity: Activity, result: Result, skill: Skill, at: datetime) -> OfferDecision:
    """Answer another learner's activity with one's own result in its skill.

    Announces ChallengedBack, unlogged, once a day for an activity: they see it on their open page.
    """
    choice = challenge_with(result=result, at=at)
    user_id = result.attempt.user_id
    if choice.link is not None and allow("challenge_back", f"{user_id}:{activity.pk}", limit=1, window_s=DAY_S):
        announce_unlogged(
            ChallengedBack(actor_id=user_id, other_id=activity.actor_id, link_code=choice.link.code, skill=skill.name),
            at=at,
        )
    return choice


@transaction.atomic
def accept_challenge(*, challenge: Challenge, owner: User | Guest, at: datetime) -> Attempt:
    """Start the person's one attempt at the deck, through the challenge's link; a repeat returns it.

    Raises    OwnLinkOpened; DeckClosed after 48 hours.
    Announces GuestStarted, once per guest.
    """
    link = challenge.link
    attempt = open_deck(link=link, deck=challenge.deck, owner=owner, at=at)
    _, is_new = ChallengeEntry.objects.get_or_create(
        attempt=attempt, defaults={"challenge": challenge, "accepted_at": at}
    )
    if is_new:
        record_arrival(link=link, owner=owner, at=at)
    return attempt


def settle_challenges(event: SettlingEvent, at: datetime) -> None:
    """Settle every entry that this event completes, once; the others wait for a later event.

    A durable listener: it runs in one transaction with the mark that it ran.
    """
    related = (
        "challenge__link__referrer",
        "challenge__link__loop",
        "challenge__attempt",
        "challenge__deck__skill",
        "attempt__user",
        "attempt__result",
    )
    entries = ChallengeEntry.objects.filter(entries_affected_by(event), outcome=Outcome.OPEN)
    for entry in entries.filter(attempt__finished_at__isnull=False).select_related(*related):
        friend = entry.attempt.user
        if friend is not None and not is_waiting(friend, at):
            _settle(entry, friend, at)


def _settle(entry: ChallengeEntry, friend: User, at: datetime) -> None:
    reason = _refusal(entry, friend) or payment_refusal(referrer=entry.challenge.link.referrer, referee=friend)
    outcome = Outcome.REFUSED if reason else Outcome.REWARDED
    undecided = ChallengeEntry.objects.filter(pk=entry.pk, outcome=Outcome.OPEN)
    if not undecided.update(outcome=outcome, settled_at=at):
        return
    challenge = entry.challenge
    kind, amount = challenge.reward
    sides = (("inviter", challenge.link.referrer), ("friend", friend))
    pay_rewards(
        link=challenge.link,
        referee=friend,
        rewards=[EarnedReward(user, kind, amount, part) for part, user in sides],
        key=_payment_key(entry),
        refused_for=reason,
        at=at,
        rationale=f"Friend reached first value in 48 h and 90% of the score: {challenge.prize} each.",
        features={
            "entry": entry.pk,
            "score": entry.attempt.result.score,
            "score_to_beat": challenge.score_to_beat,
        },
    )
    _announce_win(entry, friend, reason, at)


def _refusal(entry: ChallengeEntry, friend: User) -> str | None:
    if not entry.is_close:
        return "score_under_90_percent"
    return ineligibility_for_payout(entry.challenge.link, friend)


def _payment_key(entry: ChallengeEntry) -> str:
    return f"buddy_challenge:{entry.pk}"


def reward_key(entry: ChallengeEntry, part: str) -> str:
    """The ledger's key for the reward of one side: inviter | friend."""
    return ledger_key(_payment_key(entry), part)


def _announce_win(entry: ChallengeEntry, friend: User, refused_for: str | None, at: datetime) -> None:
    """Announce a better score, unless one person is behind both accounts."""
    score, to_beat = entry.attempt.result.score, entry.challenge.score_to_beat
    if score > to_beat and refused_for not in SAME_PERSON:
        won = ChallengeWon(
            actor_id=friend.pk,
            link_code=entry.challenge.link.code,
            challenge_id=entry.challenge_id,
            score=score,
            score_to_beat=to_beat,
            skill=entry.challenge.deck.skill.slug,
        )
        announce(won, at=at, key=f"challenge_won:{entry.pk}")
