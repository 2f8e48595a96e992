from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse

from loops.contract import CannotBuild, Moment, Objection, words_at
from loops.media.cards.badge import BadgeCard, Sign, draw_badge_card
from loops.models import Link, Loop, ShownBadge
from loops.services.decks import skill_to_play
from loops.services.dues import Due
from loops.services.links import LINK_LIFE, create_link, token_for
from loops.share import Picture, Words, inviter_name, said_by
from viral_engine.accounts.models import Role, User
from viral_engine.kernel.events import Event
from viral_engine.learning.models import Achievement, Difficulty
from viral_engine.learning.services import TooFewQuestions, create_deck

QUESTIONS, REFERRAL_XP = 3, 50
SIGNS: dict[str, Sign] = {"streak": "flame", "challenges": "trophy", "skill": "star"}


class AchievementSpotlight:
    """Offered with a new badge; the try-now task is of the badge's skill, else of what its owner practiced last."""

    name = "achievement_spotlight"
    action = "show_share_modal"
    triggers = frozenset({"achievement_earned"})
    asked_for: frozenset[str] = frozenset()
    experiments: tuple[str, ...] = ()

    def whom(self, event: Event) -> int | None:
        return event.actor_id

    def objection(self, loop: Loop, moment: Moment) -> Objection | None:  # noqa: ARG002
        return None if moment.user.role == Role.STUDENT else Objection("not a learner")

    def build(self, moment: Moment) -> Link:
        """Cost  6 statements: badge, draw, deck, its questions, link, badge; 1 or 2 more where no skill has it."""
        event, at = moment.event, moment.at
        earned = Achievement.objects.filter(user=moment.user, kind=event.kind)  # type: ignore[attr-defined]
        of_skill: str = event.skill  # type: ignore[attr-defined]
        badge = earned.filter(skill__slug=of_skill or None).select_related("skill__subject").first()
        if badge is None:
            raise CannotBuild("The badge is gone")
        skill = badge.skill or skill_to_play(moment.user)
        if skill is None:
            raise CannotBuild("There is no question to ask")
        try:
            deck = create_deck(skill_slug=skill.slug, at=at, size=QUESTIONS, lasts=LINK_LIFE, levels=(Difficulty.EASY,))
        except TooFewQuestions as lack:
            raise CannotBuild(f"{lack} has too few easy questions") from lack
        words = words_at(moment, self.name, subject=skill.subject.slug)
        link = create_link(loop_name=self.name, inviter=moment.user, at=at, words=words)
        ShownBadge.objects.create(link=link, achievement=badge, deck=deck)
        return link

    def words(self, link: Link) -> Words:
        title, skill = link.shown_badge.achievement.title, link.shown_badge.deck.skill.name
        said = said_by(link, badge=title, skill=skill)
        return Words(
            title=said.title,
            headline=said.headline,
            cta=said.cta,
            message=f"{said.headline} {said.pitch}",
            terms=f"Whoever opens it tries three easy questions in {skill}. For each friend who gets one right and "
            f"joins, you get {REFERRAL_XP} XP for inviting.",
            why=f"You earned the badge {title}. We offer to show a new badge once a day at most.",
            back_url=reverse("learning:badges"),
            back_label="Your badges",
        )

    def picture(self, link: Link, at: datetime) -> Picture:
        badge = link.shown_badge.achievement
        text = BadgeCard(
            name=inviter_name(link, at),
            badge=badge.title,
            detail=f"Try 3 questions in {link.shown_badge.deck.skill.name}",
            site=settings.SITE_NAME,
            sign=SIGNS[badge.kind.partition("_")[0]],
        )
        return Picture(text, partial(draw_badge_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:badge", args=[token_for(link, "badge")])

    def dues(self, link: Link, joiner: User, milestone: str) -> tuple[Due, ...]:  # noqa: ARG002
        if milestone != "first_value":
            return ()
        return (Due(link.inviter, "referral_xp", REFERRAL_XP, "inviter"),)
