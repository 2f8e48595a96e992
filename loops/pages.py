"""What the pages of this app read, gathered with a stated number of queries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from feeds.pages import Player, player
from loops import orchestrator, rules
from loops.buddy_challenge.services import reward_key
from loops.events import ChallengeInitiated
from loops.models import ChallengeEntry, Link, Loop, Prompt, RecapShare, Rescue, RewardEntry, WrittenCopy
from loops.rules.copy import PARTS, PERSONAS, Copy, every_template
from loops.services.joiners import waits_for_a_parent
from loops.streak_rescue.loop import QUESTIONS
from viral_engine.accounts.models import User
from viral_engine.learning.models import Attempt, Result

Outcome = ChallengeEntry.Outcome


@dataclass(frozen=True, slots=True)
class Ending:
    """How a challenge ended, as the friend reads it."""

    mine: int
    target: int
    is_close: bool
    shields: str  # who got one, or what it waits for; empty when none was won

    @property
    def headline(self) -> str:
        if self.mine >= self.target:
            return "You beat the challenge!" if self.mine > self.target else "A tie!"
        return "So close" if self.is_close else "Not this time"


def ending_of(attempt: Attempt, user: User | None, at: datetime) -> Ending | None:
    """None for an attempt that was no challenge. Cost  1 query, 1 more for a member whose shields are settled."""
    played = ChallengeEntry.objects.filter(attempt=attempt, attempt__finished_at__isnull=False)
    entry = played.select_related("challenge", "attempt__result").first()
    if entry is None:
        return None
    return Ending(
        mine=entry.attempt.result.score,
        target=entry.challenge.score_to_beat,
        is_close=entry.is_close,
        shields=_shields_of(entry, user, at) if user else "",
    )


def trial_of(attempt: Attempt) -> RecapShare | None:
    """The week of a child whose skill the finished attempt tried out; None for any other. Cost  1 query."""
    shares = RecapShare.objects.filter(deck__attempts=attempt, deck__attempts__finished_at__isnull=False)
    return shares.select_related("link").first()


def _shields_of(entry: ChallengeEntry, user: User, at: datetime) -> str:
    if entry.outcome == Outcome.OPEN and entry.is_close and waits_for_a_parent(user, at):
        prize = entry.challenge.prize
        waiting = f"{prize[0].upper()}{prize[1:]} {'waits' if entry.challenge.shields == 1 else 'wait'} for you."
        return f"{waiting} You and the challenger get {prize} each once your parent says yes."
    if entry.outcome != Outcome.REWARDED:
        return ""
    keys = {part: reward_key(entry, part) for part in ("friend", "inviter")}
    granted = dict(RewardEntry.objects.filter(key__in=keys.values()).values_list("key", "amount"))
    return rules.shields_won(mine=granted.get(keys["friend"], 0), theirs=granted.get(keys["inviter"], 0))


def objection_to_challenging(attempt: Attempt, user: User, at: datetime) -> str | None:
    """Why this person cannot challenge a friend with this result, in their words; None when they can.

    Cost  at most 5 queries.
    """
    if live_links_of(attempt.pk, at).exists():
        return None
    result = Result.objects.filter(attempt=attempt).first()
    if result is None or attempt.skill is None:  # a challenge is about one skill
        return ""
    asked = ChallengeInitiated(
        actor_id=user.pk, attempt_id=str(attempt.pk), skill=attempt.skill.slug, score=result.score
    )
    return orchestrator.objection_to_asking(asked, user, score=result.score, at=at)


def live_links_of(attempt_id: UUID, at: datetime) -> QuerySet[Link]:
    """Challenges already made of a result that can still be played: a link outlives its questions."""
    return Link.objects.all().live(at).filter(challenge__attempt_id=attempt_id, challenge__deck__expires_at__gt=at)


def players_of(rescue: Rescue, *, me: Attempt | None, is_mine: bool, name: str) -> list[Player]:
    """Whose streak it is and the visitor, or the friend who is furthest; nobody by more than the name given.

    Cost  1 query.
    """
    owner = rescue.link.inviter_id
    rounds = list(rescue.deck.attempts.all().counted().order_by("started_at"))
    own = next((one for one in rounds if one.user_id == owner), None)
    friends = sorted((one for one in rounds if one.user_id != owner), key=lambda one: -one.answered)  # type: ignore[attr-defined]
    if is_mine:
        friend = next(iter(friends), None)
        return [player("You", "violet", own, total=QUESTIONS), player("Your friend", "coral", friend, total=QUESTIONS)]
    mine = next((one for one in friends if me is not None and one.pk == me.pk), None)
    return [player(name, "violet", own, total=QUESTIONS), player("You", "coral", mine, total=QUESTIONS)]


def waiting_prompt(user: User, at: datetime) -> Prompt | None:
    """The newest offer that was neither used nor sent away and can still be taken. Cost  2 queries, 1 without."""
    offers = Prompt.objects.filter(user=user, shared_at=None).open()
    live = offers.filter(link__deactivated_at=None, link__expires_at__gt=at)
    playable = Q(link__challenge=None) | Q(link__challenge__deck__expires_at__gt=at)
    return live.filter(playable).order_by("-offered_at").first_whole()


SAMPLE = {
    "score": 90,
    "skill": "Algebra",
    "subject": "Math",
    "days": 6,
    "rounds": 7,
    "minutes": 48,
    "badge": "Algebra mastered",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One template as people would read it, with facts that are made up."""

    language: str
    variant: str  # empty: for everybody; else the engagement or the subject it is for
    copy: Copy


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything one loop may say."""

    loop: Loop
    persona: str
    samples: list[Sample]
    written: list[WrittenCopy]  # by the AI provider, in place of a template


def copy_kit() -> list[Kit]:
    """Cost  2 queries."""
    kits = {loop.name: Kit(loop, PERSONAS.get(loop.name, "student"), [], []) for loop in Loop.objects.order_by("title")}
    for name, language, variant, copy in every_template():
        if name in kits:
            kits[name].samples.append(Sample(language, variant, _as_sample(copy)))
    for row in WrittenCopy.objects.exclude(written_at=None).order_by("language", "subject", "engagement"):
        if row.loop in kits:
            kits[row.loop].written.append(row)
    return [kit for kit in kits.values() if kit.samples]


def _as_sample(copy: Copy) -> Copy:
    return Copy(**{part: rules.filled(getattr(copy, part), **SAMPLE) for part in PARTS})
