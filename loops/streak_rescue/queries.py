"""Reads of the pages of a rescue."""

from datetime import datetime

from django.db.models import F

from feeds.queries import CoPracticeParticipant, participant
from loops.core.result_messages import ResultMessage
from loops.models import RewardEntry
from loops.rules.shields import rewards_won
from loops.streak_rescue.models import Rescue, RescueEntry
from loops.streak_rescue.services import part_of, shield_key
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import consent_state_of
from viral_engine.learning.models import Attempt

QUESTIONS = 10
Outcome = RescueEntry.Outcome


def rescue_players(rescue: Rescue, *, me: Attempt | None, is_mine: bool, name: str) -> list[CoPracticeParticipant]:
    """The streak's owner and the visitor, or the friend who is furthest; no name but the one given.

    Cost  1 query.
    """
    owner = rescue.link.referrer_id
    attempts = list(rescue.deck.attempts.all().counted().order_by(F("answered").desc(), "started_at"))
    own = next((one for one in attempts if one.user_id == owner), None)
    friends = [one for one in attempts if one.user_id != owner]
    if is_mine:
        friend = next(iter(friends), None)
        return [
            participant("You", "violet", own, total=QUESTIONS),
            participant("Your friend", "coral", friend, total=QUESTIONS),
        ]
    mine = next((one for one in friends if me is not None and one.pk == me.pk), None)
    return [participant(name, "violet", own, total=QUESTIONS), participant("You", "coral", mine, total=QUESTIONS)]


def rescue_message(attempt: Attempt, user: User | None, at: datetime) -> ResultMessage | None:
    """The message under an attempt in a rescue; None for others. Cost  at most 2 queries, none without a deck."""
    if attempt.deck_id is None or attempt.finished_at is None:
        return None
    related = ("attempt", "rescue__deck", "rescue__link__referrer")
    entry = RescueEntry.objects.filter(attempt=attempt).select_related(*related).first()
    return _after_rescue(entry, user, at) if entry is not None else None


def _after_rescue(entry: RescueEntry, user: User | None, at: datetime) -> ResultMessage:
    if not entry.is_in_time or entry.outcome == Outcome.REFUSED:
        text = "This practice earns no shield, but it still counts."
        return ResultMessage("Well practiced", text, "Sign up")
    is_mine = user is not None and user.pk == entry.rescue.link.referrer_id
    headline = "Your streak is safe" if is_mine else "You did your ten"
    if user is None:
        text = "Once you both are done and you have joined, each of you gets a streak shield."
        return ResultMessage(headline, text, "Sign up and claim your shield")
    if entry.outcome == Outcome.REWARDED:
        return ResultMessage(headline, _shields(entry, user))
    if (consent := consent_state_of(user, at)).practices_alone:
        return ResultMessage(headline, f"A streak shield waits for each of you {consent.words.wait}.")
    joined = "has joined and is done" if is_mine else "is done"
    return ResultMessage(headline, f"Once your friend {joined}, each of you gets a streak shield.")


def _shields(entry: RescueEntry, user: User) -> str:
    """Cost  1 query."""
    paid = RewardEntry.objects.filter(key__startswith=shield_key(entry.rescue, ""))
    granted = dict(paid.values_list("key", "amount"))
    mine = granted.pop(shield_key(entry.rescue, part_of(entry, user)), 0)
    return rewards_won(mine=mine, theirs=max(granted.values(), default=0), other="friend")
