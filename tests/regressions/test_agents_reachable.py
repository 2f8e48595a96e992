"""route_loop and get_recommendations have doors that people use, for every loop."""

from datetime import timedelta

import pytest

from loops.core.queries import startable_loops
from loops.core.registry import LOOPS
from loops.migrations._default_rows import LOOPS as ROWS
from loops.models import Link, Loop, Prompt
from tests.factories import browser, child, cohort_of, person, practice
from tests.steps.tutor_spotlight import logged_session, rate, tutor
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.services import announce
from viral_engine.learning.events import StreakAtRisk
from viral_engine.learning.models import Progress, Skill, Subject
from viral_engine.learning.services import assessments, completion
from viral_engine.learning.services.achievements import award_badge

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loops(catalogue: None) -> None:
    """Every loop is on. Listeners do not run here, so each offer comes from the door."""
    for row in ROWS:
        Loop.objects.get_or_create(name=row["name"], defaults=row)


def start(client: object, name: str) -> str:
    response = client.post(f"/loops/start/{name}/", follow=True)  # type: ignore[attr-defined]
    assert response.status_code == 200
    return str(response.redirect_chain[-1][0])


def test_each_loop_says_what_it_takes_to_the_people_who_share_it() -> None:
    roles = {loop.persona for loop in LOOPS.values()}
    assert roles == {"student", "parent", "tutor"}
    for role in roles:
        user = person(role, role=role, grade=None)
        listed = {one.name: one for one in startable_loops(user)}
        assert set(listed) == {loop.name for loop in LOOPS.values() if loop.persona == role}
        page = browser(user).get("/rewards/").content.decode()
        for one in listed.values():
            assert f'action="/loops/start/{one.name}/"' in page
            assert one.occasion.replace("'", "&#x27;") in page


def test_a_loop_that_is_off_is_not_listed() -> None:
    Loop.objects.filter(name="buddy_challenge").update(is_on=False)
    assert "buddy_challenge" not in {one.name for one in startable_loops(person("Ada"))}


def test_without_an_occasion_every_loop_answers_kindly_and_makes_nothing() -> None:
    people = {"student": person("Ada"), "parent": person("Grace", role="parent", grade=None), "tutor": tutor()}
    for loop in LOOPS.values():
        client = browser(people[loop.persona])
        assert start(client, loop.name) == "/rewards/"
    assert not Link.objects.exists()
    assert browser(people["student"]).post("/loops/start/no_such_loop/").status_code == 404
    assert browser().post("/loops/start/buddy_challenge/").status_code == 302  # to the log-in


def test_a_learner_starts_each_loop_for_learners_with_its_occasion() -> None:
    ada, at = person("Ada"), now()
    peers = [person(name) for name in ("Bo", "Cy", "Dee", "Bob", "Cyd")]
    cohort_of(ada, *peers, at=at)
    algebra = Skill.objects.select_related("subject").get(slug="algebra")
    for one in (ada, *peers):
        practice(one, algebra, at=at - timedelta(minutes=30))
    attempt = assessments.start_practice_test(user=ada, subject=Subject.objects.get(slug="math"), at=at)
    completion.finish_attempt(attempt=attempt, at=at)
    award_badge(user_id=ada.pk, kind="skill_mastery", skill=algebra, at=at)
    Progress.objects.filter(user=ada).update(streak_days=5)
    announce(StreakAtRisk(actor_id=ada.pk, streak_days=5, ends_at=(at + timedelta(hours=3)).isoformat()), at=at)
    made = {}
    for number, name in enumerate(("buddy_challenge", "results_rally", "achievement_spotlight", "streak_rescue")):
        if number == 3:  # the daily cap of three offers holds here too
            assert start(browser(ada), name) == "/rewards/"
            Prompt.objects.all().delete()
        made[name] = start(browser(ada), name)
        assert made[name].startswith("/loops/share/"), name
        assert start(browser(ada), name) == made[name]  # an impatient press
    assert dict(Link.objects.values_list("code", "loop_id")) == {
        address.split("/")[3]: name for name, address in made.items()
    }
    asked = LoggedEvent.objects.filter(type="agentic_action_triggered").values_list("properties__loop", flat=True)
    assert set(asked) == set(made)


def test_a_tutor_starts_a_spotlight_after_five_stars() -> None:
    toni, ada = tutor(), person("Ada")
    rate(browser(ada), logged_session(toni, ada))
    assert start(browser(toni), "tutor_spotlight").startswith("/loops/share/")


def test_a_child_without_consent_starts_nothing() -> None:
    kid = child("Comet")
    practice(kid, Skill.objects.select_related("subject").get(slug="algebra"), right=5, at=now())
    start(browser(kid), "buddy_challenge")
    assert not Link.objects.exists()


def test_the_result_page_shows_recommended_skills_besides_the_next_one() -> None:
    ada = person("Ada")
    result = practice(ada, Skill.objects.select_related("subject").get(slug="algebra"), right=5, at=now())
    client = browser(ada)
    page = client.get(f"/results/{result.pk}/").content.decode()
    shown = page.split('{"next": "')[1].split('"')[0]
    assert shown
    panel = client.post(f"/loops/after/{result.pk}/", {"next": shown}).content.decode()
    assert "More to practice in Math" in panel
    assert f'action="/practice/start/{shown}/"' not in panel
    assert panel.count('action="/practice/start/') >= 2
