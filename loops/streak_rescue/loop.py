from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from loops.contract import CannotBuild, Moment, Objection, words_at
from loops.media.cards.rescue import RescueCard, draw_rescue_card
from loops.models import Link, Loop, Rescue
from loops.services.decks import skill_to_play
from loops.services.dues import Due
from loops.services.links import create_link, token_for
from loops.share import Picture, Words, inviter_name, said_by
from viral_engine.accounts.models import Role, User
from viral_engine.kernel.events import Event
from viral_engine.learning.models import Difficulty
from viral_engine.learning.services import TooFewQuestions, create_deck

QUESTIONS, LASTS = 10, timedelta(hours=2)


class StreakRescue:
    """Offered in the evening to a learner whose streak ends at midnight; gone after two hours, or at midnight."""

    name = "streak_rescue"
    action = "show_share_modal"
    triggers = frozenset({"streak_at_risk"})
    asked_for: frozenset[str] = frozenset()
    experiments: tuple[str, ...] = ()

    def whom(self, event: Event) -> int | None:
        return event.actor_id

    def objection(self, loop: Loop, moment: Moment) -> Objection | None:  # noqa: ARG002
        if moment.user.role != Role.STUDENT:
            return Objection("not a learner")
        return None if getattr(moment.event, "streak_days", 0) else Objection("no streak")

    def build(self, moment: Moment) -> Link:
        """Cost  6 statements: skill, draw, deck, its questions, link, rescue."""
        midnight = parse_datetime(getattr(moment.event, "ends_at", ""))
        lasts = LASTS if midnight is None else min(LASTS, midnight - moment.at)
        skill = skill_to_play(moment.user)
        if lasts <= timedelta(0) or skill is None:
            raise CannotBuild("The streak has ended" if skill else "There is no question to ask")
        try:
            deck = create_deck(
                skill_slug=skill.slug, at=moment.at, size=QUESTIONS, lasts=lasts, levels=Difficulty.values
            )
        except TooFewQuestions as lack:
            raise CannotBuild(f"{lack} has too few questions for a rescue") from lack
        words = words_at(moment, self.name, subject=skill.subject.slug)
        link = create_link(loop_name=self.name, inviter=moment.user, at=moment.at, lasts=lasts, words=words)
        streak: int = moment.event.streak_days  # type: ignore[attr-defined]
        Rescue.objects.create(link=link, deck=deck, streak_days=streak)
        return link

    def words(self, link: Link) -> Words:
        rescue, skill = link.rescue, link.rescue.deck.skill.name
        said = said_by(link, days=rescue.streak_days, skill=skill)
        ends = f"{timezone.localtime(rescue.ends_at):%H:%M}"
        own_part = reverse("loops:rescue", args=[token_for(link, "rescue")])
        return Words(
            title=said.title,
            headline=said.headline,
            cta=said.cta,
            message=f"{said.headline} {said.pitch}",
            terms=f"You and a friend answer the same ten questions. Both done by {ends}, and your friend has joined: "
            "you both get a streak shield.",
            why=f"Your streak of {rescue.streak_days} days would have ended at midnight, and you had not practiced "
            "yet. We offer this once a day at most.",
            back_url=reverse("home"),
            back_label="Back to your day",
            own_part_url=own_part,
            own_part_label="Answer your ten",
        )

    def picture(self, link: Link, at: datetime) -> Picture:
        text = RescueCard(
            name=inviter_name(link, at),
            days=link.rescue.streak_days,
            skill=link.rescue.deck.skill.name,
            site=settings.SITE_NAME,
        )
        return Picture(text, partial(draw_rescue_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:rescue", args=[token_for(link, "rescue")])

    def dues(self, link: Link, joiner: User, milestone: str) -> tuple[Due, ...]:  # noqa: ARG002
        """None: shields are paid for questions answered together, by `services`."""
        return ()
