from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse

from loops.achievement_spotlight import copy_en, copy_es
from loops.achievement_spotlight.card import SAMPLE, BadgeCard, BadgeIcon, draw_badge_card
from loops.achievement_spotlight.models import ShownBadge
from loops.achievement_spotlight.queries import badge_message
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
from loops.core.decks import skill_for_deck
from loops.core.links import LINK_LIFE, create_link, token_for
from loops.core.share import ShareCard, ShareCopy, render_copy
from loops.models import Link, Loop
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import Role, User
from viral_engine.accounts.queries import public_name_of
from viral_engine.learning.events import AchievementEarned
from viral_engine.learning.models import Achievement, Attempt, Difficulty
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.learning.services.decks import create_deck

QUESTIONS, REFERRAL_XP = 3, 50
PURPOSE = "badge"
SIGNS: dict[str, BadgeIcon] = {"streak": "flame", "challenges": "trophy", "skill": "star"}


class AchievementSpotlight(ViralLoop):
    """Offered with a new badge; the questions come from the badge's skill, else from the skill practiced last."""

    name = "achievement_spotlight"
    action = "show_share_modal"
    occasion = "Earn a badge, then show it to a friend."
    triggers = frozenset({AchievementEarned})
    sample_card = ShareCard(SAMPLE, partial(draw_badge_card, SAMPLE))
    copy = {"en": copy_en.TEXTS, "es": copy_es.TEXTS}
    purposes = (PURPOSE,)
    detail_relations = ("shown_badge__achievement__skill", "shown_badge__deck__skill__subject")

    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:  # noqa: ARG002
        return None if context.user.role == Role.STUDENT else Ineligibility("not a learner")

    def build(self, context: OfferContext) -> Link:
        """Cost  5 statements: badge, deck, its questions, link, badge; 1 or 2 more without a skill."""
        event, at = context.require(AchievementEarned), context.at
        earned = Achievement.objects.filter(user=context.user, kind=event.kind)
        badge = earned.filter(skill__slug=event.skill or None).select_related("skill__subject").first()
        if badge is None:
            raise OfferUnavailable("The badge is gone")
        skill = badge.skill or skill_for_deck(context.user)
        if skill is None:
            raise OfferUnavailable("There is no question to ask")
        try:
            deck = create_deck(skill_slug=skill.slug, at=at, size=QUESTIONS, lasts=LINK_LIFE, levels=(Difficulty.EASY,))
        except TooFewQuestions as lack:
            raise OfferUnavailable(f"{lack} has too few easy questions") from lack
        words = copy_at(context, self.name, subject=skill.subject.slug)
        arms = arms_at(context, self.experiments)
        link = create_link(loop_name=self.name, referrer=context.user, at=at, arms=arms.values(), words=words)
        ShownBadge.objects.create(link=link, achievement=badge, deck=deck)
        return link

    def share_copy(self, link: Link) -> ShareCopy:
        title, skill = link.shown_badge.achievement.title, link.shown_badge.deck.skill.name
        texts = render_copy(link, badge=title, skill=skill)
        return ShareCopy(
            title=texts.title,
            headline=texts.headline,
            cta=texts.cta,
            message=f"{texts.headline} {texts.pitch}",
            terms=f"Friends try three easy questions in {skill}. For each friend who gets one right and "
            f"joins, you get {REFERRAL_XP} XP for inviting.",
            why=f"You earned the badge {title}. We offer to show a new badge at most once a day.",
            back_url=reverse("learning:badges"),
            back_label="Your badges",
        )

    def share_card(self, link: Link, at: datetime) -> ShareCard:
        badge = link.shown_badge.achievement
        text = BadgeCard(
            name=public_name_of(link.referrer, at),
            badge=badge.title,
            detail=f"Try 3 questions in {link.shown_badge.deck.skill.name}",
            site=settings.SITE_NAME,
            sign=SIGNS[badge.kind.partition("_")[0]],
        )
        return ShareCard(text, partial(draw_badge_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:badge", args=[token_for(link, PURPOSE)])

    def rewards_for(self, link: Link, referee: User, stage: Stage) -> tuple[EarnedReward, ...]:  # noqa: ARG002
        if stage != Stage.FIRST_VALUE:
            return ()
        return (EarnedReward(link.referrer, "referral_xp", REFERRAL_XP, "inviter"),)

    def panels(self, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:  # noqa: ARG002
        message = badge_message(attempt, visitor.user)
        return (Panel("loops/_result_message.html", message),) if message else ()


LOOP = AchievementSpotlight()
