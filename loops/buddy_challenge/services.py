"""Taking a challenge up, and settling it once the friend is known."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from loops.models import Challenge, ChallengeEntry
from loops.services.attribution import refusal
from loops.services.decks import open_deck
from loops.services.joiners import attempts_behind, objection_to_paying, record_arrival, waits_for_a_parent
from loops.services.rewards import grant_up_to
from viral_engine.accounts.events import AccountCreated, ConsentGiven, GuestRecognized
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.agent_registry import INCENTIVES
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, record_decisions
from viral_engine.learning.events import ChallengeWon, PracticeCompleted
from viral_engine.learning.models import Attempt

AGENT = INCENTIVES.key
Outcome = ChallengeEntry.Outcome


@transaction.atomic
def accept_challenge(*, challenge: Challenge, owner: User | Guest, at: datetime) -> Attempt:
    """The person has their one attempt at the deck, reached through the challenge's link.

    Raises    OwnLink; DeckClosed after 48 hours.
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


def settle_entries(event: PracticeCompleted | AccountCreated | GuestRecognized | ConsentGiven, at: datetime) -> None:
    """What this fact lets us decide is decided: a round, a guest made known, a parent's yes. A promised listener."""
    _settle(ChallengeEntry.objects.filter(attempts_behind(event)), at)


def _settle(entries: QuerySet[ChallengeEntry], at: datetime) -> None:
    """Every entry that can be decided is decided, once; the rest wait for the next fact.

    Promised listeners call it, so it runs in one transaction with the mark that it ran.
    """
    related = (
        "challenge__link__inviter",
        "challenge__attempt",
        "challenge__deck__skill",
        "attempt__user",
        "attempt__result",
    )
    for entry in entries.filter(outcome=Outcome.OPEN, attempt__finished_at__isnull=False).select_related(*related):
        friend = entry.attempt.user
        if friend is None or waits_for_a_parent(friend, at):
            continue
        reason = _objection(entry, friend)
        outcome = Outcome.REFUSED if reason else Outcome.REWARDED
        undecided = ChallengeEntry.objects.filter(pk=entry.pk, outcome=Outcome.OPEN)
        if not undecided.update(outcome=outcome, settled_at=at):
            continue
        if reason is None:
            reason = _reward_both(entry, friend, at)
        _announce_victory(entry, friend, at)
        record_decisions(_decision(entry, friend, outcome, reason, at))


def _objection(entry: ChallengeEntry, friend: User) -> str | None:
    if not entry.is_close:
        return "score_under_90_percent"
    return objection_to_paying(entry.challenge.link, friend)


def reward_key(entry: ChallengeEntry, part: str) -> str:
    """The ledger's key for the shield of one side: inviter | friend."""
    return f"buddy_challenge:{entry.pk}:{part}"


def _reward_both(entry: ChallengeEntry, friend: User, at: datetime) -> str | None:
    """What was promised to each. Who may have less today gets that, and the log says so."""
    promised = entry.challenge.shields
    capped = []
    for part, user in (("inviter", entry.challenge.link.inviter), ("friend", friend)):
        granted = grant_up_to(
            user=user,
            kind="streak_shield",
            amount=promised,
            reason="Buddy Challenge",
            key=reward_key(entry, part),
            loop=entry.challenge.link.loop_id,
            at=at,
        )
        if granted < promised:
            capped.append(f"daily_cap_of_{part}")
    return ", ".join(capped) or None


def _announce_victory(entry: ChallengeEntry, friend: User, at: datetime) -> None:
    """Nobody wins against themselves, under whatever account. Cost  1 query more for a better score."""
    score, to_beat = entry.attempt.result.score, entry.challenge.score_to_beat
    if score > to_beat and refusal(referrer=entry.challenge.link.inviter, referee=friend) is None:
        won = ChallengeWon(
            actor_id=friend.pk,
            link_code=entry.challenge.link.code,
            challenge_id=entry.challenge_id,
            score=score,
            score_to_beat=to_beat,
            skill=entry.challenge.deck.skill.slug,
        )
        announce(won, at=at, key=f"challenge_won:{entry.pk}")


def _decision(entry: ChallengeEntry, friend: User, outcome: str, reason: str | None, at: datetime) -> Decision:
    return Decision(
        agent=AGENT,
        actor_id=friend.pk,
        type="buddy_challenge",
        outcome=outcome,
        rationale=reason or f"Friend reached first value in 48 h and 90% of the score: {entry.challenge.prize} each.",
        features={
            "entry": entry.pk,
            "link": entry.challenge.link.code,
            "inviter_id": entry.challenge.link.inviter_id,
            "score": entry.attempt.result.score,
            "score_to_beat": entry.challenge.score_to_beat,
        },
        decided_at=at,
    )
