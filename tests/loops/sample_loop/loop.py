from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse

from loops.core.base import EarnedReward, Ineligibility, OfferContext, Panel, Stage, ViralLoop, copy_at
from loops.core.links import create_link, token_for
from loops.core.result_messages import ResultMessage
from loops.core.share import ShareCard, ShareCopy, render_copy
from loops.media.cards.board import CardRow
from loops.media.cards.leaderboard import LeaderboardCard, draw_leaderboard_card
from loops.models import Link, Loop
from tests.loops.sample_loop import copy_en, copy_es
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import Role, User
from viral_engine.accounts.queries import public_name_of
from viral_engine.learning.events import PracticeTestCompleted
from viral_engine.learning.models import Attempt, Subject

PURPOSE = "sample"
REFERRAL_XP = 20


class StudyTogether(ViralLoop):
    """Offered after a practice test; friends find their level in the same subject."""

    name = "sample_loop"
    action = "show_share_modal"
    occasion = "Finish a practice, then ask a friend for help."
    triggers = frozenset({PracticeTestCompleted})
    copy = {"en": copy_en.TEXTS, "es": copy_es.TEXTS}
    purposes = (PURPOSE,)

    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:
        if context.user.role != Role.STUDENT:
            return Ineligibility("not a learner")
        if context.score < loop.min_score:
            return Ineligibility(f"score {context.score} is under {loop.min_score}")
        return None

    def build(self, context: OfferContext) -> Link:
        """Cost  2 statements: subject, link."""
        test = context.require(PracticeTestCompleted)
        subject = Subject.objects.get(slug=test.subject)
        texts = copy_at(context, self.name, subject=test.subject)
        facts = {"score": str(test.score), "subject": subject.name, "slug": subject.slug}
        return create_link(loop_name=self.name, referrer=context.user, at=context.at, words=texts | facts)

    def share_copy(self, link: Link) -> ShareCopy:
        texts = render_copy(link, score=link.words["score"], subject=link.words["subject"])
        return ShareCopy(
            title=texts.title,
            headline=texts.headline,
            cta=texts.cta,
            message=f"{texts.headline} {texts.pitch}",
            terms=f"You get {REFERRAL_XP} XP for each friend who joins and gets a question right.",
            why="You finished a practice test.",
            back_url=reverse("home"),
            back_label="Back to your day",
        )

    def share_card(self, link: Link, at: datetime) -> ShareCard:
        rows = (CardRow(1, public_name_of(link.referrer, at), f"{link.words['score']}%"),)
        card = LeaderboardCard(link.words["subject"], "Study together", rows, settings.SITE_NAME)
        return ShareCard(card, partial(draw_leaderboard_card, card))

    def landing(self, link: Link) -> str:
        return reverse("study_together", args=[token_for(link, PURPOSE)])

    def rewards_for(self, link: Link, referee: User, stage: Stage) -> tuple[EarnedReward, ...]:
        if stage == Stage.SIGN_UP:
            return (EarnedReward(referee, "referral_xp", REFERRAL_XP, "joiner"),)
        return (EarnedReward(link.referrer, "referral_xp", REFERRAL_XP, "inviter"),)

    def panels(self, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:  # noqa: ARG002
        links = Link.objects.filter(code=attempt.link_code, loop=self.name)
        if attempt.finished_at is None or not attempt.link_code or not links.exists():
            return ()
        message = ResultMessage("You found your level", "Your friend has one too.", "Sign up and keep it")
        return (Panel("loops/_result_message.html", message),)


LOOP = StudyTogether()
