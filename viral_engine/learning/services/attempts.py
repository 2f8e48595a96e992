from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from viral_engine.accounts.models import User
from viral_engine.kernel.services import announce
from viral_engine.learning import rules
from viral_engine.learning.events import FvmReached, PracticeCompleted, PracticeStarted, StreakLapsed
from viral_engine.learning.models import Answer, Attempt, Progress, Question, Result, Skill

PRACTICE_QUESTIONS = 5


class TooFewQuestions(Exception):
    """The skill's bank cannot fill what was asked for."""


class AnswerRefused(Exception):
    """The attempt is over, or this is not the question it stands at."""


class AttemptUnfinished(Exception):
    """Questions are still open; nothing was written."""


@transaction.atomic
def start_practice(*, user: User, skill: Skill, at: datetime, count: int = PRACTICE_QUESTIONS) -> Attempt:
    """A new attempt with `count` questions of the skill.

    Cost      4 statements.
    Raises    TooFewQuestions.
    Announces PracticeStarted.
    """
    questions = skill.questions.all().draw(count)
    if len(questions) < count:
        raise TooFewQuestions(skill.slug)
    attempt = Attempt.objects.create(user=user, skill=skill, started_at=at)
    fill_attempt(attempt, questions)
    return attempt


def fill_attempt(attempt: Attempt, questions: Sequence[Question]) -> None:
    """A new attempt has its questions in order and was announced; the caller holds the transaction."""
    Answer.objects.bulk_create(
        Answer(attempt=attempt, position=place, question=question) for place, question in enumerate(questions)
    )
    announce(
        PracticeStarted(
            actor_id=attempt.user_id,
            guest_id=str(attempt.guest_id or ""),
            link_code=attempt.link_code,
            attempt_id=str(attempt.pk),
            skill=attempt.skill.slug,
            kind=attempt.kind,
        ),
        at=attempt.started_at,
    )


@transaction.atomic
def answer_question(*, attempt: Attempt, position: int, choice: int, at: datetime) -> Answer:
    """The question has an answer, checked here; a second answer changes nothing and returns the first.

    Answering resumes a paused attempt. The first right answer in a deck is the person's first value moment.

    Units     position and choice count from 0.
    Cost      4 statements; 1 more for a first right answer in a deck.
    Raises    AnswerRefused when the attempt is finished, or an earlier question is open.
    Announces FvmReached, once per person.
    """
    answer = attempt.answers.select_related("question").filter(position=position).first()
    if answer is None or not 0 <= choice < len(answer.question.choices):
        raise AnswerRefused("There is no such question or choice.")
    if answer.choice is not None:
        return answer
    if attempt.finished_at is not None or attempt.answers.filter(position__lt=position, choice=None).exists():
        raise AnswerRefused("Answer the questions in order.")
    resume_attempt(attempt=attempt, at=at)
    is_correct = choice == answer.question.answer
    fresh = Answer.objects.filter(pk=answer.pk, choice=None)  # of two clicks at once the first stands
    if fresh.update(choice=choice, is_correct=is_correct, answered_at=at) and is_correct and attempt.deck_id:
        _reach_first_value(attempt, at)
    answer.refresh_from_db(fields=["choice", "is_correct", "answered_at"])
    return answer


def _reach_first_value(attempt: Attempt, at: datetime) -> None:
    person_id = str(attempt.guest_id if attempt.user is None else attempt.user.person_id)
    event = FvmReached(
        actor_id=attempt.user_id,
        guest_id=str(attempt.guest_id or ""),
        link_code=attempt.link_code,
        attempt_id=str(attempt.pk),
        person_id=person_id,
    )
    announce(event, at=at, key=f"fvm:{person_id}")


def pause_attempt(*, attempt: Attempt, at: datetime) -> None:
    """The timer stands; pausing a paused or finished attempt changes nothing."""
    running = Attempt.objects.unfinished().filter(pk=attempt.pk, paused_at=None)
    if running.update(paused_at=at):
        attempt.paused_at = at


def resume_attempt(*, attempt: Attempt, at: datetime) -> None:
    """The timer runs; resuming a running attempt changes nothing and costs nothing."""
    if attempt.paused_at is None:
        return
    paused_s = attempt.paused_s + max(round((at - attempt.paused_at).total_seconds()), 0)
    paused = Attempt.objects.unfinished().filter(pk=attempt.pk, paused_at=attempt.paused_at)
    if paused.update(paused_at=None, paused_s=paused_s):
        attempt.paused_at, attempt.paused_s = None, paused_s


@transaction.atomic
def finish_attempt(*, attempt: Attempt, at: datetime) -> Result:
    """The attempt has a result, the learner its XP and streak; finishing again returns the first result.

    Cost      7 statements, 2 more on the learner's very first; 3 when it was finished before.
    Raises    AttemptUnfinished while a question is open.
    Announces PracticeCompleted, once.
    """
    tally = attempt.answers.aggregate(
        total=Count("pk"), open=Count("pk", filter=Q(choice=None)), correct=Count("pk", filter=Q(is_correct=True))
    )
    if tally["open"]:
        raise AttemptUnfinished(f"{tally['open']} questions are still open.")
    at = max(at, attempt.started_at)  # a clock that jumped back must not break the row
    if not Attempt.objects.unfinished().filter(pk=attempt.pk).update(finished_at=at):
        return Result.objects.get(attempt=attempt)
    attempt.finished_at = at
    score = rules.score(correct=tally["correct"], total=tally["total"])
    duration_s = round(attempt.active_time(at) / timedelta(seconds=1))
    result = Result.objects.create(
        attempt=attempt,
        skill=attempt.skill,
        score=score,
        correct=tally["correct"],
        total=tally["total"],
        duration_s=duration_s,
        xp=add_progress(attempt.user, score=score, at=at) if attempt.user else 0,
        finished_at=at,
    )
    announce(
        PracticeCompleted(
            actor_id=attempt.user_id,
            guest_id=str(attempt.guest_id or ""),
            link_code=attempt.link_code,
            attempt_id=str(attempt.pk),
            subject=attempt.skill.subject.slug,
            skill=attempt.skill.slug,
            kind=attempt.kind,
            score=score,
            duration_s=duration_s,
            deck_id=attempt.deck_id,
        ),
        at=at,
    )
    return result


def add_progress(user: User, *, score: int, at: datetime) -> int:
    """XP and streak count one finished attempt; returns the XP. The caller holds the transaction.

    Days are those of the site's time zone.

    Announces StreakLapsed when whole days were missed.
    """
    Progress.objects.get_or_create(user=user)
    # The lock holds on PostgreSQL; on SQLite the whole transaction is IMMEDIATE and so alone.
    progress = Progress.objects.select_for_update().get(user=user)
    today = timezone.localdate(at)
    streak = rules.next_streak(streak_days=progress.streak_days, last_active_on=progress.last_active_on, today=today)
    is_new_day = progress.last_active_on is None or today > progress.last_active_on
    xp = rules.xp_for(score=score, is_new_streak_day=is_new_day)
    missed_days = rules.missed_days(last_active_on=progress.last_active_on, today=today)
    if missed_days and progress.streak_days:
        lapsed = StreakLapsed(actor_id=user.pk, lost_days=progress.streak_days, missed_days=missed_days)
        announce(lapsed, at=at, key=f"streak_lapsed:{user.pk}:{today}")
    progress.xp, progress.streak_days = progress.xp + xp, streak
    progress.last_active_on = max(today, progress.last_active_on or today)
    progress.save(update_fields=["xp", "streak_days", "last_active_on"])
    return xp


@transaction.atomic
def restore_streak(*, user: User, days: int) -> None:
    """The days a gap took from the streak count again; called once per gap, by whoever made up for it."""
    Progress.objects.filter(user=user).update(streak_days=F("streak_days") + days)
