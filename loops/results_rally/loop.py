from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from loops.contract import Moment, Objection
from loops.media.cards.board import MOST_ROWS, BoardRow
from loops.media.cards.rally import RallyCard, draw_rally_card
from loops.models import Link, Loop, Rally
from loops.results_rally.board import board_of
from loops.rules import REWARDS, places_on_card
from loops.services.dues import Due
from loops.services.links import create_link, token_for
from loops.services.personalization import personal_words
from loops.share import Picture, Words, inviter_name, said_by
from viral_engine.accounts.models import Role, User
from viral_engine.kernel.events import Event
from viral_engine.learning.models import Attempt, Subject

PAID_FOR_A_JOINER = 50
KINDS = {
    "diagnostic_completed": Attempt.Kind.DIAGNOSTIC,
    "practice_test_completed": Attempt.Kind.PRACTICE_TEST,
}


class ResultsRally:
    """Eligible where enough of the cohort were active in seven days (5); builds a link and the rally it leads to."""

    name = "results_rally"
    action = "show_results_with_social"
    triggers = frozenset(KINDS)
    asked_for: frozenset[str] = frozenset()
    experiments: tuple[str, ...] = ()

    def whom(self, event: Event) -> int | None:
        return event.actor_id

    def objection(self, loop: Loop, moment: Moment) -> Objection | None:
        """Cost  1 query for a learner, of the moment's own."""
        if moment.user.role != Role.STUDENT:
            return Objection("not a learner")
        if moment.peers is None:
            return Objection("in no active cohort")
        if moment.peers.active < loop.fewest_people:
            return Objection(f"{moment.peers.active} of the cohort active in 7 days, under {loop.fewest_people}")
        return None

    def build(self, moment: Moment) -> Link:
        """Cost  3 statements: subject, link, rally."""
        words = personal_words(
            user=moment.user, loop=self.name, engagement=moment.engagement, subject=moment.subject, at=moment.at
        )
        moment.note(words.trouble)
        link = create_link(loop_name=self.name, inviter=moment.user, at=moment.at, words=words.value)
        Rally.objects.create(
            link=link,
            subject=Subject.objects.get(slug=moment.subject),
            cohort_id=moment.peers.cohort_id if moment.peers else None,
            attempt_id=UUID(moment.attempt_id),
            kind=KINDS[moment.event.type],
            score=moment.score,
            created_at=moment.at,
        )
        return link

    def words(self, link: Link) -> Words:
        rally = link.rally
        said = said_by(link, score=rally.score, subject=rally.subject.name)
        earned = REWARDS["referral_xp"].count(PAID_FOR_A_JOINER)
        return Words(
            title=said.title,
            headline=said.headline,
            cta=said.cta,
            message=f"{said.headline} {said.pitch}",
            terms=f"Friends take the {rally.subject.name} diagnostic and join you on a live board. Your cohort is on "
            f"it without names. You get {earned} for each friend who joins and gets a question right.",
            why=f"You finished a {rally.round_name}, and {link.loop.fewest_people} or more of your cohort were active "
            "in the last 7 days. We offer a rally at most once a day.",
            back_url=reverse("learning:result", args=[rally.attempt_id]),
            back_label="Back to your result",
        )

    def picture(self, link: Link, at: datetime) -> Picture:
        """Cost  as `board_of`, and 1 query for a minor's name."""
        board, name = board_of(link.rally, at), inviter_name(link, at)
        rank = board.starter_rank
        rows = tuple(
            BoardRow(
                place,
                name if place == rank else f"Player {place}",
                f"{board.places[place - 1].score}%",
                is_me=place == rank,
            )
            for place in places_on_card(board.size, rank, MOST_ROWS)
        )
        card = RallyCard(rank, board.size, link.rally.subject.name, rows, settings.SITE_NAME)
        return Picture(card, partial(draw_rally_card, card))

    def landing(self, link: Link) -> str:
        return reverse("loops:rally", args=[token_for(link, "rally")])

    def dues(self, link: Link, joiner: User, milestone: str) -> tuple[Due, ...]:  # noqa: ARG002
        """The starter's XP, once the joiner found first value."""
        if milestone != "first_value":
            return ()
        return (Due(link.inviter, "referral_xp", PAID_FOR_A_JOINER, "inviter"),)
