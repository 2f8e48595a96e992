from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from loops.core.base import EarnedReward, Ineligibility, OfferContext, Panel, Stage, ViralLoop, arms_at, copy_at
from loops.core.links import create_link, token_for
from loops.core.share import ShareCard, ShareCopy, render_copy
from loops.media.cards.board import MAX_ROWS, CardRow
from loops.models import Link, Loop
from loops.results_rally import copy_en, copy_es
from loops.results_rally.board import rally_board
from loops.results_rally.card import SAMPLE, RallyCard, draw_rally_card
from loops.results_rally.models import Rally
from loops.results_rally.queries import PURPOSE, rally_after
from loops.results_rally.rules import places_on_card
from loops.rules.economy import REWARDS
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import Role, User
from viral_engine.accounts.queries import public_name_of
from viral_engine.learning.events import DiagnosticCompleted, PracticeTestCompleted
from viral_engine.learning.models import Attempt, Subject

REFERRAL_XP = 50


class ResultsRally(ViralLoop):
    """Offered when enough of the cohort (5) were active in seven days; builds a link and the rally behind it."""

    name = "results_rally"
    action = "show_results_with_social"
    occasion = "Take a practice test or a diagnostic, then see how your friends compare."
    triggers = frozenset({DiagnosticCompleted, PracticeTestCompleted})
    sample_card = ShareCard(SAMPLE, partial(draw_rally_card, SAMPLE))
    copy = {"en": copy_en.TEXTS, "es": copy_es.TEXTS}
    purposes = (PURPOSE,)
    detail_relations = ("rally__subject",)

    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:
        """Cost  1 query for a learner, by `context.peers`."""
        if context.user.role != Role.STUDENT:
            return Ineligibility("not a learner")
        if context.peers is None:
            return Ineligibility("in no active cohort")
        if context.peers.active < loop.fewest_people:
            return Ineligibility(f"{context.peers.active} of the cohort active in 7 days, under {loop.fewest_people}")
        return None

    def build(self, context: OfferContext) -> Link:
        """Cost  3 statements: subject, link, rally."""
        words = copy_at(context, self.name, subject=context.subject)
        arms = arms_at(context, self.experiments)
        link = create_link(loop_name=self.name, referrer=context.user, at=context.at, arms=arms.values(), words=words)
        Rally.objects.create(
            link=link,
            subject=Subject.objects.get(slug=context.subject),
            cohort_id=context.peers.cohort_id if context.peers else None,
            attempt_id=UUID(context.attempt_id),
            kind=_kind_of(context),
            score=context.score,
            created_at=context.at,
        )
        return link

    def share_copy(self, link: Link) -> ShareCopy:
        rally = link.rally
        texts = render_copy(link, score=rally.score, subject=rally.subject.name)
        earned = REWARDS["referral_xp"].count(REFERRAL_XP)
        return ShareCopy(
            title=texts.title,
            headline=texts.headline,
            cta=texts.cta,
            message=f"{texts.headline} {texts.pitch}",
            terms=f"Friends take the {rally.subject.name} diagnostic and join you on a live board. Your cohort is on "
            f"it without names. You get {earned} for each friend who joins and gets a question right.",
            why=f"You finished a {rally.attempt_name}, and {link.loop.fewest_people} or more of your cohort were "
            "active in the last 7 days. We offer a rally at most once a day.",
            back_url=reverse("learning:result", args=[rally.attempt_id]),
            back_label="Back to your result",
        )

    def share_card(self, link: Link, at: datetime) -> ShareCard:
        """Cost  as `rally_board`, and 1 query for a minor's name."""
        board, name = rally_board(link.rally, at), public_name_of(link.referrer, at)
        rank = board.starter_rank
        rows = tuple(
            CardRow(
                place,
                name if place == rank else f"Player {place}",
                f"{board.places[place - 1].score}%",
                is_me=place == rank,
            )
            for place in places_on_card(board.size, rank, MAX_ROWS)
        )
        card = RallyCard(rank, board.size, link.rally.subject.name, rows, settings.SITE_NAME)
        return ShareCard(card, partial(draw_rally_card, card))

    def landing(self, link: Link) -> str:
        return reverse("loops:rally", args=[token_for(link, PURPOSE)])

    def rewards_for(self, link: Link, referee: User, stage: Stage) -> tuple[EarnedReward, ...]:  # noqa: ARG002
        """The starter's XP, once the referee found first value."""
        if stage != Stage.FIRST_VALUE:
            return ()
        return (EarnedReward(link.referrer, "referral_xp", REFERRAL_XP, "inviter"),)

    def panels(self, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:
        page = rally_after(attempt, visitor, at)
        return (Panel("loops/results_rally/_after.html", page),) if page else ()


def _kind_of(context: OfferContext) -> str:
    if isinstance(context.event, DiagnosticCompleted):
        return Attempt.Kind.DIAGNOSTIC
    return Attempt.Kind.PRACTICE_TEST


LOOP = ResultsRally()
