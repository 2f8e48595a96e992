from datetime import datetime
from functools import partial
from itertools import chain

from django.conf import settings
from django.urls import reverse

from loops.contract import CannotBuild, Moment, Objection
from loops.media.cards.progress import Figure, ProgressCard, draw_progress_card
from loops.models import Link, Loop, Recap, RecapReel, RecapShare
from loops.proud_parent.consent import child_name, is_shareable
from loops.services.dues import Due
from loops.services.links import LINK_LIFE, create_link, token_for
from loops.services.personalization import personal_words
from loops.share import Picture, Words, said_by
from viral_engine.accounts.models import Role, User
from viral_engine.kernel.events import Event
from viral_engine.learning.models import Deck, Skill
from viral_engine.learning.services import TooFewQuestions, create_deck

CLASS_PASSES, AI_MINUTES = 1, 30
NO_CONSENT = "Agree on your family page that your child's progress may be shared, then try again."


class ProudParent:
    """Eligible once the parent agreed to share the child's progress; builds a link, a deck to try, a reel to make."""

    name = "proud_parent"
    action = "show_parent_share_modal"
    triggers = frozenset({"weekly_recap_generated", "recap_share_asked"})
    asked_for = frozenset({"recap_share_asked"})
    experiments: tuple[str, ...] = ()

    def whom(self, event: Event) -> int | None:
        return event.actor_id

    def objection(self, loop: Loop, moment: Moment) -> Objection | None:  # noqa: ARG002
        if moment.user.role != Role.PARENT:
            return Objection("not a parent", "Weeks are shared by parents.")
        if not getattr(moment.event, "is_shareable", False):
            return Objection("no consent to share progress", NO_CONSENT)
        return None

    def build(self, moment: Moment) -> Link:
        """Cost  8 statements; 2 more where the best skill has too few questions."""
        recap = Recap.objects.select_related("child").get(pk=moment.event.recap_id)  # type: ignore[attr-defined]
        if not is_shareable(recap, moment.at.date(), is_kept=True):  # withdrawn since the week was told
            raise CannotBuild("The consent to share progress is not in force any more")
        deck = _deck_of(recap, moment.at)
        words = personal_words(
            user=moment.user, loop=self.name, engagement=moment.engagement, subject=moment.subject, at=moment.at
        )
        moment.note(words.trouble)
        link = create_link(loop_name=self.name, inviter=moment.user, about=recap.child, words=words.value, at=moment.at)
        share = RecapShare.objects.create(link=link, recap=recap, deck=deck)
        RecapReel.objects.create(share=share)
        return link

    def words(self, link: Link) -> Words:
        recap = link.recap_share.recap
        said = said_by(link, rounds=recap.rounds, minutes=recap.minutes)
        return Words(
            title=said.title,
            headline=said.headline,
            cta=said.cta,
            message=f"{said.headline} {said.pitch}",
            terms="Who joins through it gets a class pass. You get 30 AI-tutor minutes once they got their first "
            "question right. It shows no last name, photo or school.",
            why=f"The week of {recap.child.first_name or recap.child.username} ended, and you agreed that their "
            "progress may be shared. We offer it once in seven days at most.",
            back_url=reverse("loops:recap", args=[recap.pk]),
            back_label="Back to the week",
        )

    def picture(self, link: Link, at: datetime) -> Picture:
        recap = link.recap_share.recap
        text = ProgressCard(
            headline=recap.headline,
            figures=tuple(Figure(f"{number:,}", label) for number, label, _ in recap.figures),
            site=settings.SITE_NAME,
            child=child_name(recap.child, at.date()),
        )
        return Picture(text, partial(draw_progress_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:parent", args=[token_for(link, "parent")])

    def dues(self, link: Link, joiner: User, milestone: str) -> tuple[Due, ...]:
        if milestone == "sign_up":
            return (Due(joiner, "class_pass", CLASS_PASSES, "joiner"),)
        return (Due(link.inviter, "ai_tutor_minutes", AI_MINUTES, "inviter"),)


def _deck_of(recap: Recap, at: datetime) -> Deck:
    """Five questions of what the child was best at, for as long as the link lives; else of any skill that has them.

    Raises  CannotBuild.
    """
    others = Skill.objects.values_list("slug", flat=True)  # asked for where the first has too few
    for slug in chain(filter(None, [recap.best_skill]), others):
        try:
            return create_deck(skill_slug=slug, lasts=LINK_LIFE, at=at)
        except TooFewQuestions:
            continue
    raise CannotBuild("No skill has enough questions to try")
