from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse

from loops.core.base import Ineligibility, OfferContext, OfferUnavailable, Panel, ViralLoop, arms_at, copy_at
from loops.core.links import LINK_LIFE, create_link, token_for
from loops.core.payment_checks import waits_for_a_parent
from loops.core.share import ShareCard, ShareCopy, render_copy
from loops.events import AgenticActionTriggered
from loops.models import Link, Loop
from loops.tutor_spotlight import copy_en, copy_es
from loops.tutor_spotlight.card import SAMPLE, TutorCard, draw_tutor_card
from loops.tutor_spotlight.models import Spotlight
from loops.tutor_spotlight.profile import tutor_profile
from loops.tutor_spotlight.queries import PURPOSE, offer_after
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models import Role, User
from viral_engine.accounts.rules import is_minor
from viral_engine.kernel.agent_registry import TUTOR_ADVOCACY
from viral_engine.kernel.clock import today
from viral_engine.learning.events import SessionRatedFiveStars
from viral_engine.learning.models import Attempt, Deck, Difficulty, Skill, Subject, TutoringSession
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.learning.services.decks import create_deck


class TutorSpotlight(ViralLoop):
    """Offered to a tutor after a five-star session; nothing about that session is shown."""

    name = "tutor_spotlight"
    action = "show_tutor_share_pack"
    occasion = "Get five stars for a session, then share your page with families."
    triggers = frozenset({SessionRatedFiveStars, AgenticActionTriggered})
    persona = "tutor"
    sample_card = ShareCard(SAMPLE, partial(draw_tutor_card, SAMPLE))
    copy = {"en": copy_en.TEXTS, "es": copy_es.TEXTS}
    purposes = (PURPOSE,)
    detail_relations = ("spotlight__subject", "spotlight__deck__skill__subject")

    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:  # noqa: ARG002
        return None if context.user.role == Role.TUTOR else Ineligibility("not a tutor")

    def build(self, context: OfferContext) -> Link:
        """Build the tutor's page. Withdrawn consent for the session's child deactivates the link.

        Cost  6 statements: the session, a skill, its deck, the link, the spotlight; 1 more for a child.
        """
        session = _five_star_session(context)
        _require_consent(session.student, context.at)
        deck = _deck_in(session.subject, context.at)
        about = session.student if is_minor(session.student.age_on(today(context.at))) else None
        words = copy_at(context, self.name, subject=session.subject.slug)
        arms = arms_at(context, self.experiments)
        link = create_link(
            loop_name=self.name, referrer=context.user, at=context.at, arms=arms.values(), words=words, about=about
        )
        why = f"Five stars in {session.subject.name}: a page with a deck, and a lower price for families."
        context.decide(TUTOR_ADVOCACY, "share_pack", why, session=session.pk)
        Spotlight.objects.create(link=link, tutor=context.user, session=session, subject=session.subject, deck=deck)
        return link

    def share_copy(self, link: Link) -> ShareCopy:
        subject, off = link.spotlight.subject.name, f"{link.spotlight.discount_percent}% off"
        texts = render_copy(link, subject=subject)
        return ShareCopy(
            title=texts.title,
            headline=texts.headline,
            cta=texts.cta,
            message=f"{texts.headline} {texts.pitch}",
            terms=f"Families get {off} their first session through your link. You get 50 XP for each family "
            "you teach: they are yours once the first session took place, or a week after your yes.",
            why=f"A family gave your {subject} session five stars. We offer this at most once a day, and never show "
            "who rated you or what they wrote.",
            back_url=reverse("loops:tutor_referrals"),
            back_label="Your referrals",
        )

    def share_card(self, link: Link, at: datetime) -> ShareCard:
        """Cost  2 queries."""
        profile = tutor_profile(link, at)
        text = TutorCard(
            name=profile.name,
            subject=profile.teaches,
            site=settings.SITE_NAME,
            offer=f"{link.spotlight.discount_percent}% off",
            offer_detail="your first session",
            stars=profile.stars,
            sessions_taught=profile.sessions_taught,
            call=render_copy(link).cta,
        )
        return ShareCard(text, partial(draw_tutor_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:tutor", args=[token_for(link, PURPOSE)])

    def panels(self, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:  # noqa: ARG002
        link = offer_after(attempt, at)
        if link is None:
            return ()
        page = {"spotlight": link.spotlight, "url": self.landing(link)}
        return (Panel("loops/tutor_spotlight/_after.html", page),)


def _five_star_session(context: OfferContext) -> TutoringSession:
    """The session of the event, else the tutor's newest; its rating may have changed since. 1 query."""
    rated = TutoringSession.objects.filter(tutor=context.user, rating=5)
    if isinstance(context.event, SessionRatedFiveStars):
        rated = rated.filter(pk=context.event.session_id)
    newest = rated.select_related("student", "subject").defer("transcript", "summary").order_by("-rated_at")
    session = newest.first()
    if session is None:
        raise OfferUnavailable("no session with five stars")
    return session


def _require_consent(student: User, at: datetime) -> None:
    """1 query for a child under 13."""
    if waits_for_a_parent(student, at):
        raise OfferUnavailable("no parent has agreed for the child of this session")


def _deck_in(subject: Subject, at: datetime) -> Deck:
    """Five questions to try, for as long as the link lives."""
    skill = Skill.objects.practicable().filter(subject=subject).first()
    if skill is None:
        raise OfferUnavailable(f"{subject.name} has too few questions to try")
    try:
        return create_deck(skill_slug=skill.slug, at=at, lasts=LINK_LIFE, levels=Difficulty.values)
    except TooFewQuestions as lack:
        raise OfferUnavailable(f"{lack} has too few questions to try") from lack


LOOP = TutorSpotlight()
