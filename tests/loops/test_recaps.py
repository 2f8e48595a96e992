"""Numbers of a weekly recap, and the cost of its services."""

from datetime import UTC, date, datetime

import pytest

from loops.core.consents import shareable_pairs
from loops.core.growth_emails import mailbox_hashes, one_line, opt_out
from loops.proud_parent import rules
from loops.proud_parent.consent import child_name
from loops.proud_parent.rules import (
    SkillWeek,
    Week,
    WeekFacts,
    birthday_of_age,
    last_week,
    recap_headline,
    streak_at_end,
)
from tests.factories import counting, parent_of, person, statements
from viral_engine.accounts.services.consent import give_consent


@pytest.mark.parametrize(
    ("today", "year", "number", "starts_on"),
    [
        (date(2026, 3, 9), 2026, 10, date(2026, 3, 2)),
        (date(2026, 3, 15), 2026, 10, date(2026, 3, 2)),
        (date(2027, 1, 4), 2026, 53, date(2026, 12, 28)),  # a week in two years belongs to the year of its Thursday
        (date(2025, 1, 6), 2025, 1, date(2024, 12, 30)),
    ],
)
def test_last_week_is_the_iso_week_that_ended(today: date, year: int, number: int, starts_on: date) -> None:
    week = last_week(today)
    assert (week.year, week.number, week.starts_on) == (year, number, starts_on)
    assert Week(starts_on).before.ends_on.isoweekday() == 7


@pytest.mark.parametrize(
    ("streak_days", "last_active_on", "stood"),
    [
        (5, date(2026, 3, 8), 5),  # on the Sunday itself
        (5, date(2026, 3, 7), 5),  # the streak still holds on Sunday
        (5, date(2026, 3, 6), 0),  # a whole day was missed
        (6, date(2026, 3, 9), 5),  # Monday's attempt does not count for that week
        (1, date(2026, 3, 10), 0),  # started after Sunday
        (0, None, 0),
    ],
)
def test_the_streak_is_the_one_on_sunday(streak_days: int, last_active_on: date | None, stood: int) -> None:
    sunday = date(2026, 3, 8)
    assert streak_at_end(streak_days=streak_days, last_active_on=last_active_on, sunday=sunday) == stood


@pytest.mark.parametrize(
    ("badges", "streak_days", "best", "attempts", "said"),
    [
        (["Algebra mastered"], 9, ("Algebra", 100), 4, "Algebra mastered"),
        ([], 9, ("Algebra", 80), 4, "80% in Algebra"),
        ([], 3, ("Algebra", 79), 4, "3 days of practice in a row"),
        ([], 2, ("Algebra", 10), 1, "1 practice finished"),
        ([], 0, ("", None), 2, "2 practices finished"),
    ],
)
def test_the_headline_is_the_best_news_of_the_week(
    badges: list[str], streak_days: int, best: tuple[str, int | None], attempts: int, said: str
) -> None:
    name, score = best
    headline = recap_headline(
        badges=badges, streak_days=streak_days, best_name=name, best_score=score, attempts=attempts
    )
    assert headline == said


def test_the_more_practiced_of_two_equal_skills_is_best() -> None:
    skills = (SkillWeek("a", "Algebra", 80, 1), SkillWeek("g", "Geometry", 80, 3), SkillWeek("f", "Fractions", 60, 9))
    best = WeekFacts(attempts=13, minutes=1, xp=1, active_days=1, streak_days=0, skills=skills).best
    assert best is not None
    assert best.slug == "g"
    assert [rules.change(3, 1), rules.change(1, 3), rules.change(2, 2)] == ["2 more", "2 less", "the same"]


def test_a_birthday_today_is_of_age_and_one_tomorrow_is_not() -> None:
    assert birthday_of_age(18, date(2026, 3, 9)) == date(2008, 3, 9)
    assert birthday_of_age(18, date(2028, 2, 29)) == date(2010, 2, 28)


def test_an_email_subject_is_one_line_and_a_mailbox_one_hash() -> None:
    assert one_line("A\r\nBcc: x\u2028y\x00z") == "A Bcc: x y z"
    assert mailbox_hashes("D.ee+weeks@Example.com") == mailbox_hashes("dee@example.com")
    assert mailbox_hashes("dee@example.com") != mailbox_hashes("dee@example.org")


@pytest.mark.django_db
def test_opting_out_costs_two_statements_and_a_repeat_one() -> None:
    dee, at = person("Dee"), datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    spent = []
    for _ in range(2):
        with counting() as captured:
            opt_out(user_id=dee.pk, mailbox="a" * 32, source="link", at=at)
        spent.append(len(statements(captured)))
    assert spent == [2, 1]


@pytest.mark.django_db
def test_recaps_of_adult_learners_cannot_be_shared(at: datetime) -> None:
    maya = person("Maya", at=at, age=17)
    grace = parent_of(maya, at=at)
    give_consent(parent=grace, child=maya, kind="ferpa", method="email_plus", ip_hash="", at=at)
    today, grown = at.date(), at.date().replace(year=at.year + 1)
    assert shareable_pairs([maya], today) == {(grace.pk, maya.pk)}
    assert shareable_pairs([maya], grown) == set()
    assert child_name(maya, grown) == ""
