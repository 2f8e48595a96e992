from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from loops.core.base import Ineligibility, OfferContext, OfferUnavailable, Panel, ViralLoop, arms_at, copy_at
from loops.core.decks import skill_for_deck
from loops.core.links import create_link, token_for
from loops.core.share import ShareCard, ShareCopy, render_copy
from loops.models import Link, Loop
from loops.streak_rescue import copy_en, copy_es
from loops.streak_rescue.card import SAMPLE, RescueCard, draw_rescue_card
from loops.streak_rescue.models import Rescue
from loops.streak_rescue.queries import QUESTIONS, rescue_message
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import Role
from viral_engine.accounts.queries import public_name_of
from viral_engine.learning.events import StreakAtRisk
from viral_engine.learning.models import Attempt, Difficulty
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.learning.services.decks import create_deck

LASTS = timedelta(hours=2)
PURPOSE = "rescue"


class StreakRescue(ViralLoop):
    """Offered in the evening when a streak ends at midnight; closes after two hours, or at midnight."""

    name = "streak_rescue"
    action = "show_share_modal"
    occasion = "When your streak is about to end, save it together with a friend."
    triggers = frozenset({StreakAtRisk})
    sample_card = ShareCard(SAMPLE, partial(draw_rescue_card, SAMPLE))
    copy = {"en": copy_en.TEXTS, "es": copy_es.TEXTS}
    purposes = (PURPOSE,)
    detail_relations = ("rescue__deck__skill__subject",)

    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:  # noqa: ARG002
        if context.user.role != Role.STUDENT:
            return Ineligibility("not a learner")
        has_streak = isinstance(context.event, StreakAtRisk) and context.event.streak_days > 0
        return None if has_streak else Ineligibility("no streak")

    def build(self, context: OfferContext) -> Link:
        """Cost  5 statements: skill, deck, its questions, link, rescue."""
        streak = context.require(StreakAtRisk)
        midnight = parse_datetime(streak.ends_at)
        lasts = LASTS if midnight is None else min(LASTS, midnight - context.at)
        skill = skill_for_deck(context.user)
        if lasts <= timedelta(0) or skill is None:
            raise OfferUnavailable("The streak has ended" if skill else "There is no question to ask")
        try:
            deck = create_deck(
                skill_slug=skill.slug, at=context.at, size=QUESTIONS, lasts=lasts, levels=Difficulty.values
            )
        except TooFewQuestions as lack:
            raise OfferUnavailable(f"{lack} has too few questions for a rescue") from lack
        words = copy_at(context, self.name, subject=skill.subject.slug)
        arms = arms_at(context, self.experiments)
        link = create_link(
            loop_name=self.name, referrer=context.user, at=context.at, lasts=lasts, arms=arms.values(), words=words
        )
        Rescue.objects.create(link=link, deck=deck, streak_days=streak.streak_days)
        return link

    def share_copy(self, link: Link) -> ShareCopy:
        rescue, skill = link.rescue, link.rescue.deck.skill.name
        texts = render_copy(link, days=rescue.streak_days, skill=skill)
        ends = f"{timezone.localtime(rescue.ends_at):%H:%M}"
        own_part = reverse("loops:rescue", args=[token_for(link, PURPOSE)])
        return ShareCopy(
            title=texts.title,
            headline=texts.headline,
            cta=texts.cta,
            message=f"{texts.headline} {texts.pitch}",
            terms=f"You and a friend answer the same ten questions. If you both finish by {ends} and your friend "
            "joins, you each get a streak shield.",
            why=f"Your streak of {rescue.streak_days} days would have ended at midnight, and you had not practiced "
            "yet. We offer this at most once a day.",
            back_url=reverse("home"),
            back_label="Back to your day",
            own_part_url=own_part,
            own_part_label="Answer your ten",
        )

    def share_card(self, link: Link, at: datetime) -> ShareCard:
        text = RescueCard(
            name=public_name_of(link.referrer, at),
            days=link.rescue.streak_days,
            skill=link.rescue.deck.skill.name,
            site=settings.SITE_NAME,
        )
        return ShareCard(text, partial(draw_rescue_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:rescue", args=[token_for(link, PURPOSE)])

    def panels(self, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:
        message = rescue_message(attempt, visitor.user, at)
        return (Panel("loops/_result_message.html", message),) if message else ()


LOOP = StreakRescue()
