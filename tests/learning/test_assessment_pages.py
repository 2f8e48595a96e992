"""Pages before, during and after a test or a diagnostic, for members and for guests."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils.html import conditional_escape

from tests.factories import browser, cohort_of, counting, person, statements, take_diagnostic, take_test
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Answer, Attempt, Question, Result, Skill, Subject
from viral_engine.learning.services import completion

pytestmark = pytest.mark.django_db
FEEDBACK = ("Right.", "Not quite.", "✓", "✗")


def text_of(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def begin(client: Client, kind: str = "tests") -> str:
    started = client.post(f"/{kind}/math/start/")
    assert started.status_code == 302
    return str(started.headers["Location"])


def answer(client: Client, url: str, position: int, *, right: bool = True, **headers: str) -> str:
    row = Answer.objects.select_related("question").get(attempt_id=url.split("/")[2], position=position)
    choice = row.question.answer if right else (row.question.answer + 1) % 4
    data = {"position": str(position), "choice": str(choice)}
    return " ".join(client.post(f"{url}answer/", data, headers=headers).content.decode().split())


def test_the_page_before_says_what_will_happen(math: Subject) -> None:
    client = browser(person("Ada"))
    page = text_of(client, "/tests/math/")
    assert "The clock starts when you press the button. It does not stop" in page
    assert "Start the 20 minutes" in page
    assert "Algebra" in page
    assert "harder, after a wrong one it is easier" in text_of(client, "/diagnostics/math/")
    assert client.get("/tests/alchemy/").status_code == 404
    assert Attempt.objects.count() == 0
    begin(client)
    assert "Continue where you left off" in text_of(client, "/tests/math/")


def test_a_stranger_may_take_a_diagnostic_and_no_test(math: Subject) -> None:
    stranger = browser()
    assert stranger.get("/tests/math/").headers["Location"] == "/accounts/login/?next=/tests/math/"
    assert stranger.post("/tests/math/start/").headers["Location"] == "/accounts/login/?next=/tests/math/"
    assert "You need no account" in text_of(stranger, "/diagnostics/math/")
    assert Guest.objects.count() == 0
    url = begin(stranger, "diagnostics")
    assert "Question 1 of 20" in text_of(stranger, url)
    assert begin(stranger, "diagnostics") == url
    assert Guest.objects.count() == 1
    assert browser().get(url).status_code == 404


def test_no_answer_is_judged_before_the_end(math: Subject) -> None:
    client = browser(person("Ada"))
    for kind in ("tests", "diagnostics"):
        url = begin(client, kind)
        page = answer(client, url, 0, right=False, **{"hx-request": "true"})
        assert page.startswith('<section class="question stack"')
        assert "Question 2 of 20" in page
        assert not any(word in page for word in FEEDBACK)
        assert "Choose an answer first" in client.post(f"{url}answer/", {"position": "1"}).content.decode()


def test_the_clock_goes_on_over_a_reload_and_a_pause(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    with time_machine.travel(at, tick=False) as clock:
        client = browser(ada)
        url = begin(client)
        assert 'data-left="1200">20:00' in text_of(client, url)
        clock.shift(timedelta(minutes=7, seconds=30))
        client.post(f"{url}pause/")
        assert 'data-left="750">12:30' in text_of(client, url)


def test_after_the_time_the_page_hands_in_and_a_late_answer_leads_to_the_result(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    with time_machine.travel(at, tick=False) as clock:
        client = browser(ada)
        url = begin(client)
        answer(client, url, 0)
        clock.shift(timedelta(minutes=20, seconds=1))
        page = text_of(client, url)
        assert "Time is up" in page
        assert "data-at-end" in page
        assert Result.objects.count() == 0  # looking writes nothing
        late = client.post(f"{url}answer/", {"position": "1", "choice": "0"})
        assert late.headers["Location"] == f"/results/{url.split('/')[2]}/"
        result = text_of(client, late.headers["Location"])
        assert "The time is up. Your answers so far count." in result
        assert "19 questions stayed open and count as wrong. Answer at least half of the questions" in result
        again = client.post(f"{url}answer/", {"position": "1", "choice": "0"}, headers={"hx-request": "true"})
        assert again.headers["HX-Redirect"] == late.headers["Location"]
    assert Result.objects.get().score == 5


def test_a_second_tab_of_a_test_that_was_handed_in_leads_to_the_result(math: Subject) -> None:
    client = browser(person("Ada"))
    url = begin(client)
    assert client.post(f"{url}finish/").status_code == 302
    late = client.post(f"{url}answer/", {"position": "0", "choice": "0"})
    assert late.headers["Location"] == f"/results/{url.split('/')[2]}/"


def test_too_few_questions_are_told_kindly(math: Subject) -> None:
    Question.objects.update(is_active=False)
    client = browser(person("Ada"))
    for kind in ("tests", "diagnostics"):
        refused = client.post(f"/{kind}/math/start/", follow=True)
        assert "This subject has too few questions yet." in refused.content.decode()


def test_a_test_result_tells_skills_difficulties_and_every_mistake(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    result = take_test(ada, math, right=16, at=at)
    page = text_of(browser(ada), f"/results/{result.pk}/")
    assert "16 of 20 right, in 10:00, on 4 March 2026." in page
    assert '<td class="heat-none"><b>16</b>/20</td>' in page
    assert page.count("Step by step") == 4
    wrong = result.attempt.answers.filter(is_correct=False).select_related("question__skill")
    for row in wrong:
        assert f"{row.question.skill.name}, {row.question.difficulty}" in page
        assert all(str(conditional_escape(step)) in page for step in row.question.steps)
    assert "Practice helps most here" in page
    assert 'action="/practice/start/' in page


def test_a_diagnostic_result_tells_the_level(math: Subject, at: datetime) -> None:
    ada = person("Ada")
    attempt = take_diagnostic(ada, math, right="rw", at=at)
    completion.finish_attempt(attempt=attempt, at=at + timedelta(minutes=5))
    page = text_of(browser(ada), f"/results/{attempt.pk}/")
    assert "Your level: intermediate" in page
    assert "34%" in page
    assert "10 of 20 right" in page


def test_a_guests_result_asks_to_sign_up(math: Subject) -> None:
    stranger = browser()
    url = begin(stranger, "diagnostics")
    attempt = Attempt.objects.get()
    assert attempt.guest is not None
    take_diagnostic(attempt.guest, math, right="r", at=attempt.started_at)
    assert "See your result" in text_of(stranger, url)
    result = stranger.post(f"{url}finish/", follow=True).content.decode()
    assert "Your level: advanced" in result
    assert f"/signup/?next=/results/{attempt.pk}/" in result


@pytest.mark.parametrize("members", [1, 6])
@pytest.mark.parametrize("kind", ["test", "diagnostic"])
def test_a_result_costs_at_most_ten_queries(math: Subject, at: datetime, members: int, kind: str) -> None:
    ada = person("Ada")
    others = [person(f"Peer{number}") for number in range(members - 1)]
    cohort_of(ada, *others, at=at)
    for other in [*others, ada]:
        result = taken(other, math, kind, at)
    client = browser(ada)
    with counting() as captured:
        page = client.get(f"/results/{result.pk}/").content.decode()
    assert len(statements(captured)) == 7
    assert ("of the 29 others who took this" in page) is (members == 30)
    assert ("once five others have taken this" in page) is (members == 1)


def taken(user: User, math: Subject, kind: str, at: datetime) -> Result:
    if kind == "test":
        return take_test(user, math, right=10, at=at)
    return completion.finish_attempt(attempt=take_diagnostic(user, math, right="wwr", at=at), at=at)


@pytest.mark.parametrize(("peers", "is_shown"), [(4, False), (5, True)])
def test_a_comparison_needs_five_others_of_the_same_kind(
    math: Subject, at: datetime, peers: int, is_shown: bool
) -> None:
    ada, others = person("Ada"), [person(f"Peer{number}") for number in range(peers)]
    cohort_of(ada, *others, at=at)
    for other in others:
        take_test(other, math, right=10, at=at)
        taken(other, math, "diagnostic", at)
    result = take_test(ada, math, right=20, at=at)
    page = text_of(browser(ada), f"/results/{result.pk}/")
    assert (f"Better than all {peers} classmates." in page) is is_shown
    assert ("once five others have taken this" in page) is not is_shown


def test_somebody_elses_test_does_not_exist(math: Subject, at: datetime) -> None:
    result = take_test(person("Ada"), math, at=at)
    for client in (browser(person("Bo")), browser()):
        assert client.get(f"/results/{result.pk}/").status_code == 404


def test_home_and_subject_lead_to_both_and_home_names_what_is_open(math: Subject, algebra: Skill) -> None:
    ada = person("Ada")
    client = browser(ada)
    for path in ("/", "/subjects/math/"):
        page = text_of(client, path)
        assert 'href="/tests/math/"' in page
        assert 'href="/diagnostics/math/"' in page
    begin(client)
    assert "<b>Math practice test</b> is waiting for you. The clock is running." in text_of(client, "/")
    completion.finish_attempt(attempt=Attempt.objects.get(), at=Attempt.objects.get().started_at)
    assert "Math practice test</a> <b>0%</b>" in text_of(client, "/")
