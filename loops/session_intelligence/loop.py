from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse

from loops.core.base import (
    CARD_DESIGN,
    EarnedReward,
    Ineligibility,
    OfferContext,
    OfferUnavailable,
    Stage,
    ViralLoop,
    arms_at,
    copy_at,
)
from loops.core.consents import shareable_pairs
from loops.core.links import LINK_LIFE, create_link, token_for
from loops.core.share import ShareCard, ShareCopy, render_copy
from loops.events import AgenticActionTriggered, SessionActionAsked
from loops.models import Link, Loop
from loops.rules.economy import REWARDS
from loops.session_intelligence import copy_en, copy_es
from loops.session_intelligence.card import SAMPLE, SessionCard, draw_session_card
from loops.session_intelligence.models import SessionAction
from loops.session_intelligence.rules.planning import AUDIENCE
from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.queries import public_name_of
from viral_engine.accounts.rules import is_minor, needs_consent
from viral_engine.kernel.clock import today
from viral_engine.learning.models import Deck, Difficulty, Skill
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.learning.services.decks import create_deck

PURPOSE, COPY = "session", "session_copy"
REFERRAL_XP, AI_MINUTES = 50, 30
NOT_AGREED = "To share this, first agree on your family page that progress is shared."
OF_A_SESSION = (AgenticActionTriggered, SessionActionAsked)
DID = {
    "beat_my_skill": "is training",
    "study_buddy": "studies",
    "celebration": "cracked",
    "parent_reel": "is proud of a session in",
    "tutor_share": "teaches",
    "prep_pack": "prepares",
}


class SessionShare(ViralLoop):
    """Offered after a summarized tutoring session; builds five questions of the skill and a link, one per action."""

    name = "session_intelligence"
    action = "show_session_action"
    occasion = "Have a tutoring session with a transcript, then use its ideas."
    triggers = frozenset(OF_A_SESSION)
    user_initiated = frozenset({SessionActionAsked})
    experiments = (COPY, CARD_DESIGN)
    sample_card = ShareCard(SAMPLE, partial(draw_session_card, SAMPLE))
    copy = {"en": copy_en.TEXTS, "es": copy_es.TEXTS}
    purposes = (PURPOSE,)
    detail_relations = ("session_action__session__subject", "session_action__deck__skill__subject")
    unread_details = ("session_action__session__transcript", "session_action__session__summary")

    def ineligibility(self, loop: Loop, context: OfferContext) -> Ineligibility | None:  # noqa: ARG002
        event = context.event
        if isinstance(event, OF_A_SESSION) and event.action_id:
            return None
        return Ineligibility("no action of a session", "This starts after a tutoring session with a transcript.")

    def build(self, context: OfferContext) -> Link:
        """Cost  8 statements: the action, draw, deck, its questions, link, its update; 1 more about another's child."""
        event = context.event
        if not isinstance(event, OF_A_SESSION):
            raise OfferUnavailable("not an action of a session")
        related = SessionAction.objects.select_related("session__student", "session__subject", "skill")
        unread = related.defer("session__transcript", "session__summary")
        waiting = unread.filter(status=SessionAction.Status.WAITING, owner=context.user, link=None)
        action = waiting.filter(pk=event.action_id).first()
        if action is None:
            raise OfferUnavailable("The action is gone, or has its link")
        about = _child_of(action, context.at)
        deck = _deck_of(action, context.at)
        arms = arms_at(context, self.experiments)
        words = copy_at(context, self.name, subject=action.kind, arms=[arms[COPY].params])
        link = create_link(
            loop_name=self.name,
            referrer=context.user,
            at=context.at,
            arms=arms.values(),
            words=words,
            about=about,
        )
        SessionAction.objects.filter(pk=action.pk).update(
            link=link, deck=deck, status=SessionAction.Status.READY, reason=""
        )
        return link

    def share_copy(self, link: Link) -> ShareCopy:
        action = link.session_action
        skill = action.link_deck.skill.name
        texts = render_copy(link, skill=skill)
        kind, amount = reward_of(action)
        return ShareCopy(
            title=texts.title,
            headline=texts.headline,
            cta=texts.cta,
            message=f"{texts.headline} {texts.pitch}",
            terms=f"Friends try five questions in {skill}. You get {REWARDS[kind].count(amount)} for "
            "each who joins and gets one right. Nothing that was said in the session is shown.",
            why=f"Your {action.session.subject.name} session gave us this idea. You see it on the page of the session, "
            "and can take it back there.",
            back_url=reverse("learning:session", args=[action.session_id]),
            back_label="Back to the session",
        )

    def share_card(self, link: Link, at: datetime) -> ShareCard:
        action = link.session_action
        text = SessionCard(
            name=public_name_of(link.referrer, at),
            line=DID[action.kind],
            skill=action.link_deck.skill.name,
            site=settings.SITE_NAME,
            call=render_copy(link).cta,
        )
        return ShareCard(text, partial(draw_session_card, text))

    def landing(self, link: Link) -> str:
        return reverse("loops:session_share", args=[token_for(link, PURPOSE)])

    def rewards_for(self, link: Link, referee: User, stage: Stage) -> tuple[EarnedReward, ...]:  # noqa: ARG002
        """The sharer's reward, once the referee found first value."""
        if stage != Stage.FIRST_VALUE:
            return ()
        kind, amount = reward_of(link.session_action)
        return (EarnedReward(link.referrer, kind, amount, "inviter"),)


def reward_of(action: SessionAction) -> tuple[str, int]:
    """Parents get AI-tutor minutes, learners and tutors XP."""
    if AUDIENCE[action.kind] == "parent":
        return "ai_tutor_minutes", AI_MINUTES
    return "referral_xp", REFERRAL_XP


def _child_of(action: SessionAction, at: datetime) -> User | None:
    """The minor student, where another person shares; what a parent shows needs that parent's own consent.

    The child's consents are locked until the link is stored: a withdrawal waits, and then finds it.

    Cost    1 query.
    Raises  OfferUnavailable.
    """
    child, day = action.session.student, today(at)
    if child.pk == action.owner_id or not is_minor(child.age_on(day)):
        return None
    if action.kind == SessionAction.Kind.PARENT_REEL:
        if (action.owner_id, child.pk) not in shareable_pairs([child], day, is_kept=True):
            raise OfferUnavailable("This parent's consent to share progress is not in force", NOT_AGREED)
    elif needs_consent(child.age_on(day)) and not Consent.objects.all().lock_kinds_of(child.pk).get(Consent.Kind.COPPA):
        raise OfferUnavailable("The consent of a parent is not in force any more")
    return child


def _deck_of(action: SessionAction, at: datetime) -> Deck:
    """Five questions of the action's skill, else of the subject's first skill with enough. Raises  OfferUnavailable."""
    skill = action.skill or Skill.objects.all().practicable().filter(subject=action.session.subject_id).first()
    if skill is None:
        raise OfferUnavailable("The subject has too few questions")
    try:
        return create_deck(skill_slug=skill.slug, at=at, lasts=LINK_LIFE, levels=(Difficulty.MEDIUM, Difficulty.EASY))
    except TooFewQuestions as lack:
        raise OfferUnavailable(f"{lack} has too few questions") from lack


LOOP = SessionShare()
