"""What somebody reads under the result of questions that a link carried, and that were no challenge."""

from dataclasses import dataclass
from datetime import datetime

from loops import rules
from loops.models import RescueEntry, RewardEntry, ShownBadge
from loops.services.joiners import waits_for_a_parent
from loops.streak_rescue.services import part_of, shield_key
from viral_engine.accounts.models import User
from viral_engine.learning.models import Attempt

Outcome = RescueEntry.Outcome


@dataclass(frozen=True, slots=True)
class Word:
    """A few words under a result, and what a guest's way in is called."""

    headline: str
    text: str
    call: str


def word_after(attempt: Attempt, user: User | None, at: datetime) -> Word | None:
    """None for an attempt that no rescue and no badge led to. Cost  at most 2 queries, none without a deck."""
    if attempt.deck_id is None or attempt.finished_at is None:
        return None
    related = ("attempt", "rescue__deck", "rescue__link__inviter")
    entry = RescueEntry.objects.filter(attempt=attempt).select_related(*related).first()
    if entry is not None:
        return _after_rescue(entry, user, at)
    shown_badge = ShownBadge.objects.filter(deck=attempt.deck_id).select_related("deck__skill").first()
    return _after_trying(shown_badge, user) if shown_badge is not None else None


def _after_trying(shown_badge: ShownBadge, user: User | None) -> Word:
    skill = shown_badge.deck.skill.name
    if user is not None:
        return Word("Nicely tried", f"Three rounds of 90% in {skill}, and its badge is yours.", "")
    return Word(
        "Earn badges of your own",
        f"With an account these answers count, and so does every round of {skill} that you play from here.",
        "Sign up and earn badges",
    )


def _after_rescue(entry: RescueEntry, user: User | None, at: datetime) -> Word:
    if not entry.is_in_time or entry.outcome == Outcome.REFUSED:
        return Word("Well practiced", "This round earns no shield, but the practice counts all the same.", "Sign up")
    is_mine = user is not None and user.pk == entry.rescue.link.inviter_id
    headline = "Your streak is safe" if is_mine else "You did your ten"
    if user is None:
        text = "Once you both are done and you have joined, each of you gets a streak shield."
        return Word(headline, text, "Sign up and claim your shield")
    if entry.outcome == Outcome.REWARDED:
        return Word(headline, _shields(entry, user), "")
    if waits_for_a_parent(user, at):
        return Word(headline, "A streak shield waits for each of you until your parent says yes.", "")
    joined = "has joined and is done" if is_mine else "is done"
    return Word(headline, f"Once your friend {joined}, each of you gets a streak shield.", "")


def _shields(entry: RescueEntry, user: User) -> str:
    """Cost  1 query."""
    paid = RewardEntry.objects.filter(key__startswith=shield_key(entry.rescue, ""))
    granted = dict(paid.values_list("key", "amount"))
    mine = granted.pop(shield_key(entry.rescue, part_of(entry, user)), 0)
    return rules.shields_won(mine=mine, theirs=max(granted.values(), default=0), other="friend")
