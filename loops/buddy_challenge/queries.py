"""Reads of the pages of a challenge."""

from dataclasses import dataclass
from datetime import datetime

from loops.buddy_challenge.models import Challenge, ChallengeEntry
from loops.buddy_challenge.services import reward_key
from loops.core import orchestrator
from loops.core.payment_checks import is_waiting
from loops.events import ChallengeInitiated
from loops.models import RewardEntry
from loops.rules.shields import rewards_won
from viral_engine.accounts.models import Friendship, User
from viral_engine.accounts.queries import public_name_of
from viral_engine.accounts.services.consent import consent_state_of
from viral_engine.accounts.services.friends import friends_refusal, may_meet
from viral_engine.learning.models import Attempt, Result

Outcome = ChallengeEntry.Outcome


@dataclass(frozen=True, slots=True)
class ChallengeResult:
    """The result of a challenge, for the friend who played it."""

    mine: int
    target: int
    is_close: bool
    won: str  # who got a reward, or why it must wait; empty when none was won

    @property
    def headline(self) -> str:
        if self.mine >= self.target:
            return "You beat the challenge!" if self.mine > self.target else "A tie!"
        return "So close" if self.is_close else "Not this time"


def challenge_result(attempt: Attempt, user: User | None, at: datetime) -> ChallengeResult | None:
    """The result of an attempt at a challenge; None for others.

    Cost  1 query, 1 more for a member whose reward is settled or may wait.
    """
    played = ChallengeEntry.objects.filter(attempt=attempt, attempt__finished_at__isnull=False)
    entry = played.select_related("challenge", "attempt__result").first()
    if entry is None:
        return None
    return ChallengeResult(
        mine=entry.attempt.result.score,
        target=entry.challenge.score_to_beat,
        is_close=entry.is_close,
        won=_reward_of(entry, user, at) if user else "",
    )


def challenger_to_befriend(attempt: Attempt, user: User, at: datetime) -> str | None:
    """The name of the challenger whom this player may ask to be friends; None when they know each other already.

    Cost  at most 4 queries.
    """
    entry = ChallengeEntry.objects.filter(attempt=attempt).select_related("challenge__link__referrer").first()
    if entry is None or friends_refusal(user, at):
        return None
    referrer = entry.challenge.link.referrer
    if Friendship.objects.between(user.pk, referrer.pk).exists() or not may_meet(user, referrer, at):
        return None
    return public_name_of(referrer, at)


def _reward_of(entry: ChallengeEntry, user: User, at: datetime) -> str:
    if entry.outcome == Outcome.OPEN and entry.is_close:
        return _what_it_waits_for(entry, user, at)
    if entry.outcome != Outcome.REWARDED:
        return ""
    keys = {part: reward_key(entry, part) for part in ("friend", "inviter")}
    granted = dict(RewardEntry.objects.filter(key__in=keys.values()).values_list("key", "amount"))
    mine, theirs = granted.get(keys["friend"], 0), granted.get(keys["inviter"], 0)
    return rewards_won(mine=mine, theirs=theirs, kind=entry.challenge.reward[0])


def _what_it_waits_for(entry: ChallengeEntry, user: User, at: datetime) -> str:
    consent = consent_state_of(user, at)
    if consent.practices_alone:
        condition = consent.words.once
    elif is_waiting(user, at):
        condition = "once you confirm your e-mail. We sent you a letter"
    else:
        return ""
    prize = entry.challenge.prize
    waiting = f"{prize[0].upper()}{prize[1:]} {'waits' if entry.challenge.reward[1] == 1 else 'wait'} for you."
    return f"{waiting} You and the challenger get {prize} each {condition}."


def ineligibility_to_challenge(attempt: Attempt, user: User, at: datetime) -> str | None:
    """The reason why this person cannot challenge a friend with this result; None when they can.

    The reason is empty for a result that cannot be a challenge.

        Cost  at most 5 queries.
    """
    if Challenge.objects.playable(at).filter(attempt=attempt).exists():
        return None
    result = Result.objects.filter(attempt=attempt).first()
    if result is None or attempt.skill is None:  # a challenge is about one skill
        return ""
    asked = ChallengeInitiated(
        actor_id=user.pk, attempt_id=str(attempt.pk), skill=attempt.skill.slug, score=result.score
    )
    return orchestrator.ineligibility_to_ask(asked, user, score=result.score, at=at)
