from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Max, Q

from viral_engine.accounts.models import User
from viral_engine.kernel import clock
from viral_engine.learning.models import Achievement, Answer, Attempt, Progress, Result, Skill, Subject
from viral_engine.learning.rules.advice import SkillRecord, next_skill, next_skills
from viral_engine.learning.rules.badges import MASTERY_SCORE, STREAKS
from viral_engine.learning.rules.mastery import GradeMastery, by_grade, stars_for
from viral_engine.learning.rules.review import due_by_skill

RECENT, RECENT_RESULTS = timedelta(days=14), 5
BADGES_SHOWN = 4
MAX_WEEK = 500  # results of one week that are read

Menu = list[tuple[Subject, list[Skill]]]


def practice_menu(user: User | None) -> Menu:
    """Subjects with their skills and the learner's best scores; 2 queries."""
    return _menu(_records_of(user.pk) if user is not None else {})


@dataclass(frozen=True, slots=True)
class SubjectGrades:
    """A subject's skills by grade, with the learner's mastery."""

    subject: Subject
    grades: list[tuple[GradeMastery, list[Skill]]]


@dataclass(frozen=True, slots=True)
class PracticePage:
    """All skills with stars, those of the learner's grade first, and the skills to review now."""

    subjects: list[SubjectGrades]
    reviews: list[Skill]
    grade: int | None


def practice_page(user: User, at: datetime) -> PracticePage:
    """Skills, mastery and reviews of a learner. Cost  3 queries."""
    menu = practice_menu(user)
    due = due_by_skill(Answer.objects.history_of(user), at)
    for _, skills in menu:
        for skill in skills:
            skill.to_review = due.get(skill.pk, 0)
    reviews = [skill for _, skills in menu for skill in skills if skill.to_review]
    subjects = [SubjectGrades(subject, _by_grade(skills)) for subject, skills in menu]
    return PracticePage(subjects, sorted(reviews, key=lambda skill: -skill.to_review), user.grade)


def _by_grade(skills: list[Skill]) -> list[tuple[GradeMastery, list[Skill]]]:
    mastery = by_grade((skill.first_grade, skill.stars) for skill in skills)
    return [(one, [skill for skill in skills if skill.first_grade == one.grade]) for one in mastery]


def _records_of(user_id: int) -> dict[int, dict[str, Any]]:
    """Best and average score and last time per skill, by the skill's id; 1 query."""
    grouped = Result.objects.of(user_id).of_skills().values("skill_id")
    well = Count("pk", filter=Q(score__gte=MASTERY_SCORE))
    rows = grouped.annotate(best=Max("score"), average=Avg("score"), last_at=Max("finished_at"), well=well).order_by()
    return {row["skill_id"]: dict(row) for row in rows}


def _menu(records: dict[int, dict[str, Any]]) -> Menu:
    """1 query."""
    menu: dict[Subject, list[Skill]] = {}
    for skill in Skill.objects.practicable():
        if (record := records.get(skill.pk)) is not None:
            skill.best_score, skill.stars = record["best"], stars_for(record["well"])
        menu.setdefault(skill.subject, []).append(skill)
    return list(menu.items())


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One day of the current week, Monday first."""

    name: str
    is_done: bool  # with a finished attempt
    is_today: bool
    is_ahead: bool


def week_of_days(practiced: Iterable[date], today: date) -> list[WeekDay]:
    done, monday = set(practiced), today - timedelta(days=today.weekday())
    days = (monday + timedelta(days=number) for number in range(7))
    return [WeekDay(f"{day:%A}", day in done, day == today, day > today) for day in days]


@dataclass(frozen=True, slots=True)
class HomePage:
    """The home page of a learner."""

    progress: Progress
    streak: int
    is_done_today: bool
    open_attempt: Attempt | None
    next_skill: Skill | None  # None without questions
    next_reason: str
    recent: list[Result]
    menu: Menu
    badges: list[Achievement]
    week: list[WeekDay]

    @property
    def streak_goal(self) -> int | None:
        """Days of the next streak badge; None after the last."""
        return next((days for days in STREAKS if days > self.streak), None)

    @property
    def subjects(self) -> list[Subject]:
        return [subject for subject, _ in self.menu]

    @property
    def is_first_day(self) -> bool:
        return self.progress.last_active_on is None and self.open_attempt is None


def home_page(user: User, at: datetime) -> HomePage:
    """The home page of a learner. Cost  7 queries."""
    progress = Progress.objects.filter(user=user).first() or Progress(user=user)
    today = clock.today(at)
    records = _records_of(user.pk)
    menu = _menu(records)
    next_skill, reason = _advice(menu, records, today, user.grade)
    recent = (
        Result.objects.of(user.pk)
        .since(at - RECENT)
        .select_related("attempt__skill", "attempt__subject")
        .order_by("-finished_at")
    )
    monday = clock.midnight(today - timedelta(days=today.weekday()))
    this_week = Result.objects.of(user.pk).since(monday).order_by().values_list("finished_at", flat=True)
    return HomePage(
        progress=progress,
        streak=progress.streak_on(today),
        is_done_today=progress.last_active_on == today,
        open_attempt=Attempt.objects.filter(user=user).unfinished().select_related("skill", "subject").last(),
        next_skill=next_skill,
        next_reason=reason,
        recent=list(recent[:RECENT_RESULTS]),
        menu=menu,
        badges=list(user.achievements.select_related("skill").order_by("-earned_at", "-pk")[:BADGES_SHOWN]),
        week=week_of_days((clock.today(one) for one in this_week[:MAX_WEEK]), today),
    )


def _advice(menu: Menu, records: dict[int, dict[str, Any]], today: date, grade: int | None) -> tuple[Skill | None, str]:
    skills = {skill.slug: skill for _, skills in menu for skill in skills}
    slug, reason = next_skill(_known(skills.values(), records), today, grade)
    return skills.get(slug), reason


def _known(skills: Iterable[Skill], records: dict[int, dict[str, Any]]) -> list[SkillRecord]:
    return [
        SkillRecord(skill.slug, skill.subject.slug, first_grade=skill.first_grade)
        if (record := records.get(skill.pk)) is None
        else SkillRecord(
            skill.slug,
            skill.subject.slug,
            record["average"],
            clock.today(record["last_at"]),
            skill.first_grade,
        )
        for skill in skills
    ]


@dataclass(frozen=True, slots=True)
class SubjectSkills:
    """A subject's skills for one learner, with recommendations."""

    skills: list[Skill]
    recommended: list[tuple[Skill, str]]  # with the reason, best first


def subject_skills(user: User, subject: Subject, at: datetime, *, most: int = 3) -> SubjectSkills:
    """A subject's skills and recommendations, which start after the first attempt. Cost  2 queries."""
    records = _records_of(user.pk)
    skills = dict(_menu(records)).get(subject, [])
    if not records:
        return SubjectSkills(skills, [])
    by_slug = {skill.slug: skill for skill in skills}
    found = next_skills(_known(skills, records), clock.today(at), most, user.grade)
    return SubjectSkills(skills, [(by_slug[slug], reason) for slug, reason in found])
