"""A learner's home: what to do next and why, on the first day and later, at a cost that stays the same."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from loops.models import Prompt
from tests.factories import browser, child, counting, parent_of, person, practice, statements
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent, friends
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
from viral_engine.learning.rules.advice import SkillRecord, next_skill
from viral_engine.learning.services import attempts

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 4)
ALGEBRA, GEOMETRY, READING = (
    SkillRecord("algebra", "math"),
    SkillRecord("geometry", "math"),
    SkillRecord("main-idea", "reading"),
)


def record(slug: str, average: float, *, days_ago: int = 0, subject: str = "math") -> SkillRecord:
    return SkillRecord(slug, subject, average, TODAY - timedelta(days=days_ago))


@pytest.mark.parametrize(
    ("records", "advised"),
    [
        ([], ("", "")),
        ([ALGEBRA, READING], ("algebra", "A good one to start with.")),
        (
            [record("algebra", 90), record("geometry", 40), READING],
            ("geometry", "You are at 40%. Practice it again to make it stick."),
        ),
        (
            [record("algebra", 90, days_ago=9), record("geometry", 70, days_ago=7), READING],
            ("algebra", "You have not practiced it for 9 days."),
        ),
        ([READING, record("algebra", 90, days_ago=6), GEOMETRY], ("geometry", "You have not tried it yet.")),
        ([READING, record("algebra", 90)], ("main-idea", "You have not tried it yet.")),
        ([record("algebra", 90), record("geometry", 80)], ("geometry", "Next to improve: you are at 80%.")),
    ],
)
def test_the_best_reason_chooses_the_skill(records: list[SkillRecord], advised: tuple[str, str]) -> None:
    assert next_skill(records, TODAY) == advised


def home_of(user: User) -> str:
    return " ".join(browser(user).get("/").content.decode().split())


def test_a_first_day_learner_reads_where_to_begin(catalogue: None) -> None:
    page = home_of(person("Ada"))
    assert "Your first five questions" in page
    assert "A good one to start with." in page
    assert "You have no friends here yet." in page
    assert "Practice today to light the flame." in page
    assert 'ws-connect="/live/site:learners/"' in page
    assert 'hx-get="/loops/waiting/"' in page


def test_an_open_attempt_comes_before_everything(algebra: Skill) -> None:
    ada = person("Ada")
    attempt = attempts.start_practice(user=ada, skill=algebra, at=now())
    page = home_of(ada)
    assert "Pick up where you left off" in page
    assert f'href="/practice/{attempt.pk}/"' in page
    assert "Start five questions" not in page


def test_a_weak_skill_comes_next_and_its_button_starts_it(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    practice(ada, algebra, right=2, at=at)
    with time_machine.travel(at + timedelta(minutes=5), tick=False):
        page = home_of(ada)
    assert "Your streak is safe today" in page
    assert "Next: <b>Algebra</b>. You are at 40%. Practice it again to make it stick." in page
    started = browser(ada).post("/practice/start/algebra/")
    assert started.headers["Location"].startswith("/practice/")


def test_people_who_ask_are_told_of(catalogue: None) -> None:
    ada = person("Ada")
    friends.request_friend(asker=person("Bo"), asked=ada, at=now())
    assert "One person wants to be friends with you" in home_of(ada)
    friends.request_friend(asker=person("Cy"), asked=ada, at=now())
    assert "2 people want to be friends with you" in home_of(ada)


def test_a_child_without_consent_is_shown_nobody(catalogue: None) -> None:
    kid = child("Comet")
    page = home_of(kid)
    assert "Your parent has not said yes yet. Until they say yes, you can practice on your own." in page
    assert "ws-connect" not in page
    grace = parent_of(kid, at=now())
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert "ws-connect" in home_of(kid)


def test_an_offer_waits_until_it_is_used_or_sent_away(algebra: Skill, committed: object) -> None:
    ada = person("Ada")
    client = browser(ada)
    assert client.get("/loops/waiting/").status_code == 204
    with committed():  # type: ignore[operator]
        result = practice(ada, algebra, right=4, at=now() - timedelta(minutes=2))
    prompt = Prompt.objects.get(user=ada)
    page = client.get("/loops/waiting/").content.decode()
    assert "I scored 80% in Algebra. Can you beat it?" in page
    assert f'href="/results/{result.pk}/"' in page
    client.post(f"/loops/prompts/{prompt.pk}/dismiss/")
    assert client.get("/loops/waiting/").status_code == 204
    assert browser(person("Bo")).get("/loops/waiting/").status_code == 204


@pytest.mark.parametrize("busy", [False, True])
def test_the_home_costs_ten_queries_on_any_day(algebra: Skill, busy: bool) -> None:
    ada = person("Ada")
    if busy:
        for skill in Skill.objects.all()[:6]:
            practice(ada, skill, at=now() - timedelta(days=1))
        for number in range(30):
            friends.request_friend(asker=person(f"Asker{number}"), asked=ada, at=now())
        attempts.start_practice(user=ada, skill=algebra, at=now())
    client = browser(ada)
    with counting() as captured:
        client.get("/")
    assert len(statements(captured)) == 9
