from datetime import datetime
from functools import partial
from itertools import chain

from django.conf import settings
from django.urls import reverse

from loops.core.base import (
    EarnedReward,
    Ineligibility,
    OfferContext,
    OfferUnavailable,
    Panel,
    Stage,
    ViralLoop,
    arms_at,
    copy_at,
)
from loops.core.links import LINK_LIFE, create_link, token_for
from loops.core.share import ShareCard, ShareCopy, render_copy
from loops.events import RecapShareAsked, WeeklyRecapGenerated
from loops.models import Link, Loop
from loops.proud_parent import copy_en, copy_es
from loops.proud_parent.card import SAMPLE, ProgressCard, WeekFigure, draw_progress_card
from loops.proud_parent.consent import child_name, is_shareable
from loops.proud_parent.models import Recap, RecapReel, RecapShare
from loops.proud_parent.queries import PURPOSE, REEL_PURPOSE, trial_of
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import Role, User
from viral_engine.kernel.clock import today
from viral_engine.learning.models import Attempt, Deck, Skill
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.learning.services.decks import create_deck

CLASS_PASSES, AI_MINUTES = 1, 30
NO_CONSENT = "Agree on your family page that your child's progress may be shared, then try again."
OF_A_RECAP = (WeeklyRecapGenerated, RecapShareAsked)


class ProudParent(ViralLoop):
    """Offered once the parent agreed to share the child's progress; builds a link, a deck to try, a reel to draw."""

    name = "proud_parent"
    action = "show_parent_share_modal"
    occasion = "Share your child's newest weekly recap with another parent."
    triggers = frozenset(OF_A_RECAP)
    user_initiated = frozenset({RecapShareAsked})
    persona = "parent"
    sample_card = ShareCard(SAMPLE, partial(draw_progress_card, SAMPLE))
    copy = {"en": copy_en.TEXTS, "es": copy_es.TEXTS}
    purposes = (PURPOSE, REEL_PURPOSE)
    detail_relations = ("recap_share__recap__child", "recap_share__deck__skill__subject")

    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:  # noqa: ARG002
        if context.user.role != Role.PARENT:
            return Ineligibility("not a parent", "Only parents can share a week.")
        if not (isinstance(context.event, OF_A_RECAP) and context.event.is_shareable):
            return Ineligibility("no consent to share progress", NO_CONSENT)
        return None

    def build(self, context: OfferContext) -> Link:
        """Cost  8 statements; 2 more when the best skill has too few questions."""
        if not isinstance(context.event, OF_A_RECAP):
            raise OfferUnavailable("no recap to share")
        recap = Recap.objects.select_related("child").get(pk=context.event.recap_id)
        if not is_shareable(recap, today(context.at), is_kept=True):  # withdrawn since the recap was made
            raise OfferUnavailable("The consent to share progress is not in force any more")
        deck = _deck_of(recap, context.at)
        words = copy_at(context, self.name, subject=context.subject)
        arms = arms_at(context, self.experiments)
        link = create_link(
            loop_name=self.name,
            referrer=context.user,
            about=recap.child,
            arms=arms.values(),
            words=words,
            at=context.at,
        )
        share = RecapShare.objects.create(link=link, recap=recap, deck=deck)
        RecapReel.objects.create(share=share)
        return link

    def share_copy(self, link: Link) -> ShareCopy:
        recap = link.recap_share.recap
        texts = render_copy(link, rounds=recap.rounds, minutes=recap.minutes)
        return ShareCopy(
            title=texts.title,
            headline=texts.headline,
            cta=texts.cta,
            message=f"{texts.headline} {texts.pitch}",
            terms="Parents who join through it get a class pass. You get 30 AI-tutor minutes once they get their "
            "first question right. It shows no last name, photo or school.",
            why=f"The week of {recap.child.first_name or recap.child.username} ended, and you agreed to share their "
            "progress. We offer this at most once in seven days.",
            back_url=reverse("loops:recap", args=[recap.pk]),
            back_label="Back to the week",
        )

    def share_card(self, link: Link, at: datetime) -> ShareCard:
        recap = link.recap_share.recap
        text = ProgressCard(
            headline=recap.headline,
            figures=tuple(WeekFigure(f"{number:,}", label) for number, label, _ in recap.figures),
            site=settings.SITE_NAME,
            child=child_name(recap.child, today(at)),
        )
        return ShareCard(text, partial(draw_progress_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:parent", args=[token_for(link, PURPOSE)])

    def rewards_for(self, link: Link, referee: User, stage: Stage) -> tuple[EarnedReward, ...]:
        """A class pass for joining; AI-tutor minutes for the parent after the referee's first value."""
        if stage == Stage.SIGN_UP:
            return (EarnedReward(referee, "class_pass", CLASS_PASSES, "joiner"),)
        return (EarnedReward(link.referrer, "ai_tutor_minutes", AI_MINUTES, "inviter"),)

    def panels(self, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:  # noqa: ARG002
        trial = trial_of(attempt) if visitor.user is None else None
        return (Panel("loops/proud_parent/_after.html", {"token": token_for(trial.link, PURPOSE)}),) if trial else ()


def _deck_of(recap: Recap, at: datetime) -> Deck:
    """Five questions of the child's best skill, for as long as the link lives; else of any skill that has enough.

    Raises  OfferUnavailable.
    """
    others = Skill.objects.values_list("slug", flat=True)  # queried only when the best skill has too few
    for slug in chain(filter(None, [recap.best_skill]), others):
        try:
            return create_deck(skill_slug=slug, lasts=LINK_LIFE, at=at)
        except TooFewQuestions:
            continue
    raise OfferUnavailable("No skill has enough questions to try")


LOOP = ProudParent()
