from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from loops.contract import CannotBuild, Moment, Objection, words_at
from loops.media.cards.challenge import ChallengeCard, draw_challenge_card
from loops.models import Challenge, Link, Loop
from loops.rules import shields_from
from loops.services.arms import arms_for
from loops.services.dues import Due
from loops.services.links import create_link, token_for
from loops.share import Picture, Words, inviter_name, said_by
from viral_engine.accounts.models import Role, User
from viral_engine.kernel.events import Event
from viral_engine.learning.models import Answer
from viral_engine.learning.rules.advice import strongest_skill
from viral_engine.learning.services import TooFewQuestions, create_deck

COPY, AMOUNTS = "buddy_challenge_copy", "reward_amounts"
TOO_FEW = "This skill has too few questions for a challenge."


def _best_of(moment: Moment) -> tuple[str, int]:
    """The skill the challenge is about, and the score to beat: of the round itself, or a diagnostic's strongest."""
    if not moment.attempt_id:
        raise CannotBuild("no result to beat")
    if moment.event.type != "diagnostic_completed":
        return str(getattr(moment.event, "skill", "")), moment.score
    skill, score = strongest_skill(Answer.objects.all().by_skill(UUID(moment.attempt_id)))
    if not score:
        raise CannotBuild("no skill of the diagnostic went well")
    return skill, score


class BuddyChallenge:
    """Eligible from the configured score (60) on; builds a deck, a link and the challenge that joins them."""

    name = "buddy_challenge"
    action = "show_share_modal"
    triggers = frozenset(
        {
            "practice_completed",
            "diagnostic_completed",
            "challenge_initiated",
            "agentic_action_triggered",
            "activity_feed_share_clicked",
        }
    )
    asked_for = frozenset({"challenge_initiated"})
    experiments: tuple[str, ...] = (COPY, AMOUNTS)

    def whom(self, event: Event) -> int | None:
        return event.actor_id

    def objection(self, loop: Loop, moment: Moment) -> Objection | None:
        if moment.user.role != Role.STUDENT:
            return Objection("not a learner", "Challenges are for learners.")
        if moment.score < loop.min_score:
            return Objection(
                f"score {moment.score} is under {loop.min_score}",
                f"With {loop.min_score}% or more you can challenge a friend. One more round?",
            )
        return None

    def build(self, moment: Moment) -> Link:
        """Cost  5 statements: draw, deck, its questions, link, challenge; 1 more when a new arm is kept, and 1 more
        after a diagnostic."""
        skill, score = _best_of(moment)
        try:
            deck = create_deck(skill_slug=skill, at=moment.at)
        except TooFewQuestions as lack:
            raise CannotBuild(f"{lack} has too few questions for a deck", TOO_FEW) from lack
        answer = arms_for(moment.user, self.experiments, moment.at)
        arms = answer.value
        moment.note(answer.trouble)
        words = words_at(moment, self.name, subject=moment.subject, arms=[arms[COPY].params])
        link = create_link(loop_name=self.name, inviter=moment.user, at=moment.at, arms=arms.values(), words=words)
        Challenge.objects.create(
            link=link,
            deck=deck,
            attempt_id=UUID(moment.attempt_id),
            score_to_beat=score,
            shields=shields_from(arms[AMOUNTS].params),
        )
        return link

    def words(self, link: Link) -> Words:
        challenge = link.challenge
        skill = challenge.deck.skill.name
        said = said_by(link, score=challenge.score_to_beat, skill=skill, prize=challenge.prize)
        return Words(
            title=said.title,
            headline=said.headline,
            cta=said.cta,
            message=f"{said.headline} {said.pitch}",
            terms="Five fresh questions in the same skill. If your friend comes within 10% of your score in 48 hours "
            f"and joins, you both get {challenge.prize}.",
            why=f"You finished {skill} with {challenge.score_to_beat}%. From {link.loop.min_score}% on we offer a "
            "challenge, at most three times a day.",
            back_url=reverse("learning:result", args=[challenge.attempt_id]),
            back_label="Back to your result",
        )

    def picture(self, link: Link, at: datetime) -> Picture:
        challenge = link.challenge
        text = ChallengeCard(
            name=inviter_name(link, at),
            score=challenge.score_to_beat,
            skill=challenge.deck.skill.name,
            site=settings.SITE_NAME,
        )
        return Picture(text, partial(draw_challenge_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:challenge", args=[token_for(link, "challenge")])

    def dues(self, link: Link, joiner: User, milestone: str) -> tuple[Due, ...]:  # noqa: ARG002
        """None: shields are paid for the score of the deck, by `services`."""
        return ()
