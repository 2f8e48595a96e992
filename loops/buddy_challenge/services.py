"""Taking a challenge up, and settling it once the friend is known."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from loops import rules
from loops.events import ChallengeWon, GuestStarted
from loops.models import Challenge, ChallengeEntry
from loops.services.attribution import refusal
from loops.services.links import record_touch
from loops.services.rewards import DailyCapReached, grant_reward
from viral_engine.accounts.events import AccountCreated, ConsentGiven
from viral_engine.accounts.models import Consent, Guest, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.kernel.services import announce, record_decisions
from viral_engine.learning.events import PracticeCompleted
from viral_engine.learning.models import Attempt
from viral_engine.learning.services import start_deck

AGENT = "incentives"
Outcome = ChallengeEntry.Outcome


class OwnChallenge(Exception):
    """The challenger opened their own link."""


@transaction.atomic
def accept_challenge(*, challenge: Challenge, owner: User | Guest, at: datetime) -> Attempt:
    """The person has their one attempt at the deck, reached through the challenge's link.

    Whoever comes by the landing page's own address, not through /r/, is a touch as well.

    Raises    OwnChallenge; DeckClosed after 48 hours.
    Announces GuestStarted, once per guest.
    """
    link = challenge.link
    user = owner if isinstance(owner, User) else None
    if user is not None and user.pk == link.inviter_id:
        raise OwnChallenge
    guest_id = "" if isinstance(owner, User) else str(owner.pk)
    attempt = start_deck(deck=challenge.deck, owner=owner, link_code=link.code, at=at)
    _, is_new = ChallengeEntry.objects.get_or_create(
        attempt=attempt, defaults={"challenge": challenge, "accepted_at": at}
    )
    if is_new:
        visitor = guest_id or str(user.person_id if user else "")
        user_id = user.pk if user else None
        record_touch(link=link, visitor=visitor, guest_id=guest_id, user_id=user_id, channel="", campaign="", at=at)
    if is_new and guest_id:
        started = GuestStarted(guest_id=guest_id, link_code=link.code, loop=link.loop_id)
        announce(started, at=at, key=f"guest_started:{guest_id}")
    return attempt


def settle_after_play(event: PracticeCompleted, at: datetime) -> None:
    _settle(ChallengeEntry.objects.filter(attempt_id=event.attempt_id), at)


def settle_after_sign_up(event: AccountCreated, at: datetime) -> None:
    _settle(ChallengeEntry.objects.filter(attempt__guest_id=event.guest_id), at)


def settle_after_consent(event: ConsentGiven, at: datetime) -> None:
    _settle(ChallengeEntry.objects.filter(attempt__user_id=event.child_id), at)


def _settle(entries: QuerySet[ChallengeEntry], at: datetime) -> None:
    """Every entry that can be decided is decided, once; the rest wait for the next fact.

    Promised listeners call it, so it runs in one transaction with the mark that it ran.
    """
    related = ("challenge__link__inviter", "challenge__attempt", "attempt__user", "attempt__result")
    for entry in entries.filter(outcome=Outcome.OPEN, attempt__finished_at__isnull=False).select_related(*related):
        friend = entry.attempt.user
        if friend is None or _waits_for_a_parent(friend, at):
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


def _waits_for_a_parent(friend: User, at: datetime) -> bool:
    return needs_consent(friend.age_on(at.date())) and "coppa" not in Consent.objects.kinds_for(friend.pk)


def _objection(entry: ChallengeEntry, friend: User) -> str | None:
    challenge = entry.challenge
    if not entry.is_close:
        return "score_under_90_percent"
    first_value = LoggedEvent.objects.filter(idempotency_key=f"fvm:{friend.person_id}", is_invalid=False).first()
    if first_value is None or first_value.link_code != challenge.link.code:
        return "first_value_not_through_this_link"
    if first_value.at > challenge.link.created_at + rules.FVM_WINDOW:
        return "first_value_after_48_hours"
    return refusal(referrer=challenge.link.inviter, referee=friend)


def _reward_both(entry: ChallengeEntry, friend: User, at: datetime) -> str | None:
    """A shield each. One whose daily cap is reached gets none, and the log says so."""
    capped = []
    for part, user in (("inviter", entry.challenge.link.inviter), ("friend", friend)):
        try:
            grant_reward(
                user=user,
                kind="streak_shield",
                amount=1,
                reason="Buddy Challenge",
                key=f"buddy_challenge:{entry.pk}:{part}",
                at=at,
            )
        except DailyCapReached:
            capped.append(f"daily_cap_of_{part}")
    return ", ".join(capped) or None


def _announce_victory(entry: ChallengeEntry, friend: User, at: datetime) -> None:
    score, to_beat = entry.attempt.result.score, entry.challenge.score_to_beat
    if score > to_beat:
        won = ChallengeWon(
            actor_id=friend.pk,
            link_code=entry.challenge.link.code,
            challenge_id=entry.challenge_id,
            score=score,
            score_to_beat=to_beat,
        )
        announce(won, at=at, key=f"challenge_won:{entry.pk}")


def _decision(entry: ChallengeEntry, friend: User, outcome: str, reason: str | None, at: datetime) -> Decision:
    return Decision(
        agent=AGENT,
        actor_id=friend.pk,
        type="buddy_challenge",
        outcome=outcome,
        rationale=reason or "Friend reached first value in 48 h and 90% of the score: a streak shield each.",
        features={
            "entry": entry.pk,
            "link": entry.challenge.link.code,
            "inviter_id": entry.challenge.link.inviter_id,
            "score": entry.attempt.result.score,
            "score_to_beat": entry.challenge.score_to_beat,
        },
        decided_at=at,
    )
