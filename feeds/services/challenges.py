from datetime import datetime

from django.db import IntegrityError, transaction

from feeds import rules
from feeds.events import CohortChallengeCreated
from feeds.models import Activity, CohortChallenge
from feeds.services.activities import post_activity
from viral_engine.accounts.models import CohortMembership, User
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce
from viral_engine.learning.models import Attempt, Skill
from viral_engine.learning.services.decks import create_deck, start_deck
from viral_engine.safety.services import perform


class NotInCohort(Exception):
    """The person is not a member of the cohort."""


class ChallengeOver(Exception):
    """The 24 hours are over; attempts started in time may still be finished."""


def challenge_cohort(*, creator: User, cohort_id: int, skill: Skill, at: datetime) -> CohortChallenge:
    """Start a cohort challenge in a skill for 24 hours; a second one on the same day returns the first.

    Cost      13 statements.
    Raises    NotInCohort, ActionRefused, TooFewQuestions; only the safety decision is written.
    Announces CohortChallengeCreated, once.
    """
    if not CohortMembership.objects.filter(cohort=cohort_id, cohort__is_active=True, user=creator).exists():
        raise NotInCohort
    of_today = CohortChallenge.objects.filter(cohort=cohort_id, skill=skill, day=today(at))

    def create() -> CohortChallenge:
        try:
            return _create(creator, cohort_id, skill, at)
        except IntegrityError:  # another member started it at the same moment
            return of_today.get()

    return perform(user=creator, action="create_challenge", at=at, find=of_today.first, act=create)


@transaction.atomic
def _create(creator: User, cohort_id: int, skill: Skill, at: datetime) -> CohortChallenge:
    challenge = CohortChallenge.objects.create(
        cohort_id=cohort_id,
        creator=creator,
        skill=skill,
        deck=create_deck(skill_slug=skill.slug, at=at),
        day=today(at),
        starts_at=at,
        ends_at=at + rules.CHALLENGE_LIFE,
    )
    announce(
        CohortChallengeCreated(actor_id=creator.pk, challenge_id=challenge.pk, cohort_id=cohort_id, skill=skill.slug),
        at=at,
    )
    post_activity(creator, Activity.Kind.CHALLENGED, skill.pk, source=f"cohort_challenge:{challenge.pk}", at=at)
    return challenge


def play_challenge(*, challenge: CohortChallenge, player: User, at: datetime) -> Attempt:
    """Start the member's one attempt at a challenge; starting again returns it.

    Raises  NotInCohort, ChallengeOver.
    """
    if not CohortMembership.objects.filter(cohort=challenge.cohort_id, user=player).exists():
        raise NotInCohort
    has_begun = Attempt.objects.filter(deck=challenge.deck_id, user=player).exists()
    if not has_begun and at >= challenge.ends_at:
        raise ChallengeOver
    return start_deck(deck=challenge.deck, owner=player, link_code="", at=at)
