from uuid import UUID

from loops.contract import CannotBuild, Moment
from loops.models import Challenge, Link, Loop
from loops.services.links import create_link
from viral_engine.accounts.models import Role
from viral_engine.learning.services import TooFewQuestions, create_deck


class BuddyChallenge:
    """Eligible from the configured score (60) on; builds a deck, a link and the challenge that joins them."""

    name = "buddy_challenge"
    action = "show_share_modal"
    triggers = frozenset({"practice_completed", "challenge_initiated"})
    asked_for = frozenset({"challenge_initiated"})

    def objection(self, loop: Loop, moment: Moment) -> str | None:
        if moment.user.role != Role.STUDENT:
            return "not a learner"
        if moment.score < loop.min_score:
            return f"score {moment.score} is under {loop.min_score}"
        return None

    def build(self, moment: Moment) -> Link:
        """Cost  5 statements: draw, deck, its questions, link, challenge."""
        try:
            deck = create_deck(skill_slug=moment.event.skill, at=moment.at)  # type: ignore[attr-defined]
        except TooFewQuestions as lack:
            raise CannotBuild(f"{lack} has too few questions for a deck") from lack
        link = create_link(loop_name=self.name, inviter=moment.user, at=moment.at)
        Challenge.objects.create(
            link=link,
            deck=deck,
            attempt_id=UUID(moment.event.attempt_id),  # type: ignore[attr-defined]
            score_to_beat=moment.score,
        )
        return link
