"""Events for every trigger of the orchestrator, each with a person and all rows that its loop needs."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle, islice

from viral_engine.kernel.events import Event

Maker = Callable[[int, datetime], Event]  # user id, now
WEEK = timedelta(days=7)


def event_makers() -> list[tuple[str, Maker]]:
    """The role and the maker of each trigger; a maker writes the rows of one person and returns the event."""
    return [
        ("student", practice_completed),
        ("student", challenge_initiated),
        ("student", feed_share_clicked),
        ("student", agentic_action),
        ("student", diagnostic_completed),
        ("student", practice_test_completed),
        ("student", streak_at_risk),
        ("student", badge_earned),
        ("tutor", five_stars),
        ("parent", recap_generated),
    ]


def events_of(count: int, at: datetime) -> list[Event]:
    """`count` events of all triggers in turn, each with its own person."""
    kinds = list(islice(cycle(event_makers()), count))
    ids = create_people([role for role, _ in kinds], at)
    in_one_cohort([user_id for user_id, (role, _) in zip(ids, kinds, strict=True) if role == "student"], at)
    return [make(user_id, at) for user_id, (_, make) in zip(ids, kinds, strict=True)]


def create_people(roles: Sequence[str], at: datetime) -> list[int]:
    """Create one user per role, and return their ids."""
    from viral_engine.accounts.models import User

    ages = {"student": 15, "tutor": 33, "parent": 41}
    born = {role: at.date().replace(year=at.year - age, day=1) for role, age in ages.items()}
    rows = [
        User(username=f"t{n}", first_name="Ada", email=None, role=role, birthdate=born[role])
        for n, role in enumerate(roles)
    ]
    return [user.pk for user in User.objects.bulk_create(rows)]


def in_one_cohort(ids: Sequence[int], at: datetime) -> None:
    """Put the users into cohorts of thirty."""
    from viral_engine.accounts.models import Cohort, CohortMembership

    cohorts = Cohort.objects.bulk_create(Cohort(name=f"Cohort {n}") for n in range(len(ids) // 30 + 1))
    CohortMembership.objects.bulk_create(
        CohortMembership(user_id=user_id, cohort=cohorts[n // 30], joined_at=at) for n, user_id in enumerate(ids)
    )


def attempt_of(user_id: int, at: datetime, *, kind: str = "practice") -> str:
    """Create a finished attempt with a score of 80%, and return its id."""
    from viral_engine.learning.models import Attempt, Result, Skill

    skill = Skill.objects.select_related("subject").get(slug="algebra")
    is_of_skill = kind == "practice"
    attempt = Attempt.objects.create(
        user_id=user_id,
        kind=kind,
        subject=skill.subject,
        skill=skill if is_of_skill else None,
        started_at=at - timedelta(minutes=5),
        deadline_at=at + timedelta(minutes=15) if kind == "practice_test" else None,
        finished_at=at,
    )
    Result.objects.create(
        attempt=attempt,
        subject=skill.subject,
        skill=attempt.skill,
        score=80,
        correct=4,
        total=5,
        duration_s=60,
        finished_at=at,
    )
    return str(attempt.pk)


def practice_completed(user_id: int, at: datetime) -> Event:
    from viral_engine.learning.events import PracticeCompleted

    return PracticeCompleted(
        actor_id=user_id,
        attempt_id=attempt_of(user_id, at),
        subject="math",
        skill="algebra",
        kind="practice",
        score=80,
        duration_s=60,
    )


def challenge_initiated(user_id: int, at: datetime) -> Event:
    from loops.events import ChallengeInitiated

    return ChallengeInitiated(actor_id=user_id, attempt_id=attempt_of(user_id, at), skill="algebra", score=80)


def feed_share_clicked(user_id: int, at: datetime) -> Event:
    from feeds.events import ActivityFeedShareClicked

    return ActivityFeedShareClicked(
        actor_id=user_id, activity_id=0, attempt_id=attempt_of(user_id, at), skill="algebra", score=80
    )


def agentic_action(user_id: int, at: datetime) -> Event:
    from loops.events import AgenticActionTriggered

    return AgenticActionTriggered(
        actor_id=user_id,
        loop="buddy_challenge",
        attempt_id=attempt_of(user_id, at),
        subject="math",
        skill="algebra",
        score=80,
    )


def diagnostic_completed(user_id: int, at: datetime) -> Event:
    from viral_engine.learning.events import DiagnosticCompleted
    from viral_engine.learning.models import Answer, Question

    attempt_id = attempt_of(user_id, at, kind="diagnostic")
    questions = Question.objects.filter(skill__subject__slug="math")[:20]
    Answer.objects.bulk_create(
        Answer(attempt_id=attempt_id, position=n, question=one, choice=0, is_correct=n % 5 > 0, answered_at=at)
        for n, one in enumerate(questions)
    )
    return DiagnosticCompleted(
        actor_id=user_id,
        attempt_id=attempt_id,
        subject="math",
        score=80,
        duration_s=300,
        level="advanced",
        level_estimate=1.6,
    )


def practice_test_completed(user_id: int, at: datetime) -> Event:
    from viral_engine.learning.events import PracticeTestCompleted

    attempt_id = attempt_of(user_id, at, kind="practice_test")
    return PracticeTestCompleted(
        actor_id=user_id, attempt_id=attempt_id, subject="math", score=80, duration_s=600, answered=20, total=20
    )


def streak_at_risk(user_id: int, at: datetime) -> Event:
    from viral_engine.learning.events import StreakAtRisk

    attempt_of(user_id, at - timedelta(days=1))
    return StreakAtRisk(actor_id=user_id, streak_days=6, ends_at=(at + timedelta(hours=6)).isoformat())


def badge_earned(user_id: int, at: datetime) -> Event:
    from viral_engine.learning.events import AchievementEarned
    from viral_engine.learning.models import Achievement, Skill

    skill = Skill.objects.get(slug="algebra")
    Achievement.objects.create(user_id=user_id, kind="skill_mastery", skill=skill, earned_at=at)
    return AchievementEarned(actor_id=user_id, kind="skill_mastery", title="Algebra mastered", skill="algebra")


def five_stars(user_id: int, at: datetime) -> Event:
    from viral_engine.learning.events import SessionRatedFiveStars
    from viral_engine.learning.models import Subject, TutoringSession

    [student_id] = _beside(user_id, "student", at)
    subject = Subject.objects.get(slug="math")
    session = TutoringSession.objects.create(
        tutor_id=user_id,
        student_id=student_id,
        subject=subject,
        started_at=at - timedelta(hours=1),
        duration_min=45,
        completed_at=at,
        rating=5,
        rated_at=at,
    )
    return SessionRatedFiveStars(
        actor_id=user_id, session_id=session.pk, tutor_id=user_id, subject="math", rated_by_id=student_id
    )


def recap_generated(user_id: int, at: datetime) -> Event:
    from loops.events import WeeklyRecapGenerated
    from loops.proud_parent.models import Recap
    from viral_engine.accounts.models import Consent, Guardianship

    [child_id] = _beside(user_id, "student", at)
    Guardianship.objects.create(parent_id=user_id, child_id=child_id, created_at=at)
    Consent.objects.create(
        child_id=child_id, given_by_id=user_id, kind="ferpa", method="email_plus", text_version="1", given_at=at
    )
    counts = dict.fromkeys(("minutes", "xp", "rounds_before", "minutes_before", "xp_before"), 10)
    recap = Recap.objects.create(
        parent_id=user_id,
        child_id=child_id,
        year=at.year,
        week=1,
        starts_on=at.date() - WEEK,
        rounds=5,
        active_days=3,
        streak_days=3,
        best_skill="algebra",
        best_name="Algebra",
        best_score=90,
        made_at=at,
        **counts,
    )
    return WeeklyRecapGenerated(actor_id=user_id, recap_id=recap.pk, child_id=child_id, is_shareable=True)


def _beside(user_id: int, role: str, at: datetime) -> list[int]:
    """Create another user related to this person, and return a list with the id."""
    from viral_engine.accounts.models import User

    born = at.date().replace(year=at.year - 15, day=1)
    return [User.objects.create(username=f"s{user_id}", email=None, role=role, birthdate=born).pk]


def decide(event: Event, at: datetime) -> str:
    """Decide on the event, and return the offered loop."""
    from loops.core import orchestrator

    return orchestrator.trigger_event(event, at).loop


def decisions_for(events: Sequence[Event], at: datetime) -> list[tuple[str, Callable[[], str]]]:
    return [(event.type, partial(decide, event, at)) for event in events]
