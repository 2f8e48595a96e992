from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from feeds.events import ActivityFeedShareClicked
from loops.buddy_challenge import copy_en, copy_es
from loops.buddy_challenge.card import SAMPLE, ChallengeCard, draw_challenge_card
from loops.buddy_challenge.models import Challenge
from loops.buddy_challenge.queries import challenge_result, challenger_to_befriend, ineligibility_to_challenge
from loops.core.base import (
    CARD_DESIGN,
    Ineligibility,
    OfferContext,
    OfferUnavailable,
    Panel,
    ViralLoop,
    arms_at,
    copy_at,
)
from loops.core.links import create_link, token_for
from loops.core.share import ShareCard, ShareCopy, render_copy
from loops.events import AgenticActionTriggered, ChallengeInitiated
from loops.models import Link, Loop
from loops.rules.shields import reward_per_side
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import Role
from viral_engine.accounts.queries import public_name_of
from viral_engine.learning.events import DiagnosticCompleted, PracticeCompleted
from viral_engine.learning.models import Answer, Attempt
from viral_engine.learning.rules.advice import strongest_skill
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.learning.services.decks import create_deck

COPY, AMOUNTS = "buddy_challenge_copy", "reward_amounts"
PURPOSE = "challenge"
OF_ONE_SKILL = "A challenge is about one skill. Practice a skill, then dare a friend."
TOO_FEW = "This skill has too few questions for a challenge."
OF_A_SKILL = (PracticeCompleted, ChallengeInitiated, AgenticActionTriggered, ActivityFeedShareClicked)


def _best_of(context: OfferContext) -> tuple[str, int]:
    """The skill of the challenge and the score to beat: of the attempt itself, or the strongest of a diagnostic."""
    event = context.event
    if not context.attempt_id:
        raise OfferUnavailable("no result to beat")
    if not isinstance(event, DiagnosticCompleted):
        skill = event.skill if isinstance(event, OF_A_SKILL) else ""
        if not skill:
            raise OfferUnavailable("the result is of a whole subject", OF_ONE_SKILL)
        return skill, context.score
    skill, score = strongest_skill(Answer.objects.all().by_skill(UUID(event.attempt_id)))
    if not score:
        raise OfferUnavailable("no skill of the diagnostic went well")
    return skill, score


class BuddyChallenge(ViralLoop):
    """Offered from the configured score (60) on; builds a deck, a link and the challenge that joins them."""

    name = "buddy_challenge"
    action = "show_share_modal"
    occasion = "Finish a practice with 60% or more, then challenge a friend to beat it."
    triggers = frozenset({*OF_A_SKILL, DiagnosticCompleted})
    user_initiated = frozenset({ChallengeInitiated})
    experiments = (COPY, AMOUNTS, CARD_DESIGN)
    sample_card = ShareCard(SAMPLE, partial(draw_challenge_card, SAMPLE))
    copy = {"en": copy_en.TEXTS, "es": copy_es.TEXTS}
    purposes = (PURPOSE,)
    detail_relations = ("challenge__deck__skill__subject",)
    closes_at = "challenge__deck__expires_at"

    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:
        if context.user.role != Role.STUDENT:
            return Ineligibility("not a learner", "Challenges are for learners.")
        if context.score < loop.min_score:
            return Ineligibility(
                f"score {context.score} is under {loop.min_score}",
                f"With {loop.min_score}% or more you can challenge a friend. Try once more?",
            )
        return None

    def build(self, context: OfferContext) -> Link:
        """Cost  4 statements: deck, its questions, link, challenge; 1 more when a new variant is stored, 1
        more after a diagnostic."""
        skill, score = _best_of(context)
        try:
            deck = create_deck(skill_slug=skill, at=context.at)
        except TooFewQuestions as lack:
            raise OfferUnavailable(f"{lack} has too few questions for a deck", TOO_FEW) from lack
        arms = arms_at(context, self.experiments)
        words = copy_at(context, self.name, subject=context.subject, arms=[arms[COPY].params])
        link = create_link(loop_name=self.name, referrer=context.user, at=context.at, arms=arms.values(), words=words)
        kind, amount = reward_per_side(arms[AMOUNTS].params)
        Challenge.objects.create(
            link=link,
            deck=deck,
            attempt_id=UUID(context.attempt_id),
            score_to_beat=score,
            shields=amount if kind == "streak_shield" else 0,
            points=amount if kind == "points" else 0,
        )
        return link

    def share_copy(self, link: Link) -> ShareCopy:
        challenge = link.challenge
        skill = challenge.deck.skill.name
        texts = render_copy(link, score=challenge.score_to_beat, skill=skill, prize=challenge.prize)
        return ShareCopy(
            title=texts.title,
            headline=texts.headline,
            cta=texts.cta,
            message=f"{texts.headline} {texts.pitch}",
            terms=f"Five fresh questions in the same skill. If your friend scores at least {challenge.winning_score}% "
            f"in 48 hours and joins, you both get {challenge.prize}.",
            why=f"You finished {skill} with {challenge.score_to_beat}%. From {link.loop.min_score}% on we offer a "
            "challenge, at most three times a day.",
            back_url=reverse("learning:result", args=[challenge.attempt_id]),
            back_label="Back to your result",
        )

    def share_card(self, link: Link, at: datetime) -> ShareCard:
        challenge = link.challenge
        text = ChallengeCard(
            name=public_name_of(link.referrer, at),
            score=challenge.score_to_beat,
            skill=challenge.deck.skill.name,
            site=settings.SITE_NAME,
        )
        return ShareCard(text, partial(draw_challenge_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:challenge", args=[token_for(link, PURPOSE)])

    def panels(self, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:
        """The result of a challenge, and the button that creates one. Cost  at most 11 queries."""
        ending = challenge_result(attempt, visitor.user, at)
        found = [Panel("loops/buddy_challenge/_ending.html", ending)] if ending else []
        name = challenger_to_befriend(attempt, visitor.user, at) if ending and visitor.user else None
        if name is not None:
            found.append(Panel("loops/buddy_challenge/_befriend.html", name))
        reason = ineligibility_to_challenge(attempt, visitor.user, at) if visitor.user else ""
        if reason != "":
            found.append(Panel("loops/buddy_challenge/_ask.html", {"ineligibility": reason}, is_action=True))
        return tuple(found)


LOOP = BuddyChallenge()
