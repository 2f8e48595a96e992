from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse

from loops.contract import CannotBuild, Moment, Objection
from loops.media.cards.tutor import TutorCard, draw_tutor_card
from loops.models import Link, Loop, Spotlight
from loops.services.dues import Due
from loops.services.links import LINK_LIFE, create_link, token_for
from loops.services.personalization import personal_words
from loops.share import Picture, Words, said_by
from loops.tutor_spotlight.profile import profile_of
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import is_minor, needs_consent
from viral_engine.kernel.events import Event
from viral_engine.learning.models import Deck, Difficulty, Skill, Subject, TutoringSession
from viral_engine.learning.services import TooFewQuestions, create_deck


class TutorSpotlight:
    """For a tutor whose lesson was given five stars; nothing of that lesson is ever told."""

    name = "tutor_spotlight"
    action = "show_tutor_share_pack"
    triggers = frozenset({"session_rated_five_stars", "agentic_action_triggered"})
    asked_for: frozenset[str] = frozenset()
    experiments: tuple[str, ...] = ()

    def whom(self, event: Event) -> int | None:
        return event.actor_id

    def objection(self, loop: Loop, moment: Moment) -> Objection | None:  # noqa: ARG002
        return None if moment.user.role == Role.TUTOR else Objection("not a tutor")

    def build(self, moment: Moment) -> Link:
        """The link goes dark with the consent of the child whose lesson it came from, though it tells nothing of them.

        Cost  7 statements: the lesson, a skill, its deck, the link, the spotlight; 1 more for a child.
        """
        session = _lesson_with_five_stars(moment)
        _require_consent(session.student, moment.at)
        deck = _deck_in(session.subject, moment.at)
        about = session.student if is_minor(session.student.age_on(moment.at.date())) else None
        words = personal_words(
            user=moment.user,
            loop=self.name,
            engagement=moment.engagement,
            subject=session.subject.slug,
            at=moment.at,
        )
        moment.note(words.trouble)
        link = create_link(loop_name=self.name, inviter=moment.user, at=moment.at, words=words.value, about=about)
        Spotlight.objects.create(link=link, tutor=moment.user, session=session, subject=session.subject, deck=deck)
        return link

    def words(self, link: Link) -> Words:
        subject, off = link.spotlight.subject.name, f"{link.spotlight.discount_percent}% off"
        said = said_by(link, subject=subject)
        return Words(
            title=said.title,
            headline=said.headline,
            cta=said.cta,
            message=f"{said.headline} {said.pitch}",
            terms=f"A family that comes by your link has {off} their first lesson. You get 50 XP for each family that "
            "asks you for one.",
            why=f"A family gave your {subject} lesson five stars. We offer this once a day at most, and never tell who "
            "gave them or what they wrote.",
            back_url=reverse("loops:tutor_referrals"),
            back_label="Your referrals",
        )

    def picture(self, link: Link, at: datetime) -> Picture:
        """Cost  2 queries."""
        profile = profile_of(link, at)
        text = TutorCard(
            name=profile.name,
            subject=profile.teaches,
            site=settings.SITE_NAME,
            offer=f"{link.spotlight.discount_percent}% off",
            offer_detail="your first lesson",
            stars=profile.stars,
            lessons=profile.lessons,
            call=said_by(link).cta,
        )
        return Picture(text, partial(draw_tutor_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:tutor", args=[token_for(link, "tutor")])

    def dues(self, link: Link, joiner: User, milestone: str) -> tuple[Due, ...]:  # noqa: ARG002
        """None: the tutor is paid for a booking, by `bookings`."""
        return ()


def _lesson_with_five_stars(moment: Moment) -> TutoringSession:
    """The lesson of the event, or the tutor's newest; the stars may have been changed since. 1 query."""
    rated = TutoringSession.objects.filter(tutor=moment.user, rating=5)
    session_id = getattr(moment.event, "session_id", None)
    if session_id is not None:
        rated = rated.filter(pk=session_id)
    newest = rated.select_related("student", "subject").defer("transcript", "summary").order_by("-rated_at")
    session = newest.first()
    if session is None:
        raise CannotBuild("no lesson with five stars")
    return session


def _require_consent(student: User, at: datetime) -> None:
    """1 query for a child under 13."""
    if needs_consent(student.age_on(at.date())) and Consent.Kind.COPPA not in Consent.objects.kinds_for(student.pk):
        raise CannotBuild("no parent has agreed for the child of this lesson")


def _deck_in(subject: Subject, at: datetime) -> Deck:
    """Five questions to try for as long as the link lives."""
    skill = Skill.objects.practicable().filter(subject=subject).first()
    if skill is None:
        raise CannotBuild(f"{subject.name} has too few questions to try")
    try:
        return create_deck(skill_slug=skill.slug, at=at, lasts=LINK_LIFE, levels=Difficulty.values)
    except TooFewQuestions as lack:
        raise CannotBuild(f"{lack} has too few questions to try") from lack
