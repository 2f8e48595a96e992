"""Each table of each agent is lost in turn: a learner practices, sees the result and goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from experiments.services.phase_cache import invalidate_phase_cache
from loops.core.default_experiments import load_default_experiments
from loops.core.links import token_for
from loops.models import Touch
from monitoring.services import run_health_check
from tests.factories import browser, challenge_of, cohort_of, person
from viral_engine.kernel.circuit_breaker import reset_breakers
from viral_engine.kernel.clock import now
from viral_engine.kernel.row_cache import clear_row_caches
from viral_engine.learning.models import Answer, Attempt, Result, Skill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
AGENTS = ("experiments", "feeds", "leaderboards", "loops", "monitoring")
LOG_OF_DECISIONS = "kernel_decision"
TABLES = sorted(
    {model._meta.db_table for app in AGENTS for model in apps.get_app_config(app).get_models()} | {LOG_OF_DECISIONS}
)


@contextmanager
def lost(table: str) -> Iterator[None]:
    """Every statement that names the table fails, as when it was dropped."""

    def meet(execute: Any, sql: str, *rest: Any) -> Any:
        if f'"{table}"' in sql:
            raise OperationalError(f"no such table: {table}")
        return execute(sql, *rest)

    cache.clear()
    invalidate_phase_cache()
    reset_breakers()
    clear_row_caches()
    with connection.execute_wrapper(meet):
        yield


def practice(client: Client) -> dict[str, int]:
    """The statuses of a learner's way through one attempt, by route."""
    answer = client.post("/practice/start/algebra/")
    found = {"start": answer.status_code}
    attempt = Attempt.objects.get()
    found["page"] = client.get(f"/practice/{attempt.pk}/").status_code
    for position, solution in enumerate(
        Answer.objects.filter(attempt=attempt).values_list("question__answer", flat=True)
    ):
        invalidate_phase_cache()
        form = {"position": position, "choice": solution}
        found["answer"] = client.post(
            f"/practice/{attempt.pk}/answer/", form, headers={"hx-request": "true"}
        ).status_code
    invalidate_phase_cache()
    found["finish"] = client.post(f"/practice/{attempt.pk}/finish/").status_code
    found["result"] = client.get(f"/results/{attempt.pk}/").status_code
    found["after"] = client.post(f"/loops/after/{attempt.pk}/").status_code
    found["home"] = client.get("/").status_code
    found["waiting"] = client.get("/loops/waiting/").status_code
    return found


@pytest.mark.parametrize("table", TABLES)
def test_practice_goes_on_without_the_table(table: str) -> None:
    load_default_experiments()
    ada = person("Ada")
    cohort_of(ada, at=now())
    client = browser(ada)
    client.get("/")
    with lost(table):
        found = practice(client)
    assert found.pop("waiting") in {200, 204}
    assert found == {
        "start": 302,
        "page": 200,
        "answer": 200,
        "finish": 302,
        "result": 200,
        "after": 200,
        "home": 200,
    }
    assert Result.objects.get().score == 100


@pytest.mark.parametrize("table", [one for one in TABLES if not one.startswith("monitoring_")])
def test_the_health_check_is_stored_without_the_table(table: str) -> None:
    with lost(table):
        check = run_health_check(at=now())
    assert check is not None


# -- Pages that friends open, and pages of many parts --------------------------------------------------------------
def shared_pages(client: Client, token: str, code: str, cohort_id: int) -> dict[str, int]:
    """The statuses of a friend's click, and of the pages on which a missing part is left out."""
    friend = browser()
    friend.raise_request_exception = client.raise_request_exception = False
    found = {"click": friend.get(f"/r/{token}").status_code}
    for page, path in (
        ("sheet", f"/loops/share/{code}/"),
        ("cohort", f"/cohorts/{cohort_id}/"),
        ("rewards", "/rewards/"),
    ):
        found[page] = client.get(path).status_code
    return found


ALL_TABLES = sorted(
    {
        model._meta.db_table
        for app in (*AGENTS, "safety", "kernel", "api")
        for model in apps.get_app_config(app).get_models()
    }
)
# The tables of the thing a page shows.
NEEDED = {
    "click": {"loops_link", "loops_loop"},
    "sheet": {"loops_link", "loops_loop", "loops_challenge", "loops_reelfile"},
    "cohort": set[str](),
    "rewards": set[str](),
}


@pytest.mark.parametrize("table", ALL_TABLES)
def test_friends_and_pages_of_parts_go_on_without_the_table(table: str) -> None:
    ada = person("Ada")
    cohort = cohort_of(ada, at=now())
    link = challenge_of(ada, Skill.objects.get(slug="algebra"), now())
    client = browser(ada)
    client.get("/")
    with lost(table):
        found = shared_pages(client, token_for(link, "link"), link.code, cohort.pk)
    expected = {"click": 302, "sheet": 200, "cohort": 200, "rewards": 200}
    assert {page: status for page, status in found.items() if table not in NEEDED[page]} == {
        page: status for page, status in expected.items() if table not in NEEDED[page]
    }


def test_a_click_that_cannot_be_recorded_leads_to_the_page_uncounted() -> None:
    link = challenge_of(person("Ada"), Skill.objects.get(slug="algebra"), now())
    with lost("loops_touch"):
        answer = browser().get(f"/r/{token_for(link, 'link')}")
    assert (answer.status_code, answer["Location"].startswith("/challenge/")) == (302, True)
    assert Touch.objects.count() == 0
