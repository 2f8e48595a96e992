"""Programs read facts, boards, experiments and growth over the API, and deal with links."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image

from experiments.models import Exposure
from experiments.services.assignment import get_variant
from leaderboards.services.results import count_result
from loops.core.experiment_adapter import assignment_context as assignment_of
from loops.core.rewards.grants import grant_reward
from loops.models import Link
from monitoring.models import GrowthCount
from tests.api.programs import Program, practiced, problem_of
from tests.experiments.trials import draft, started
from tests.factories import browser, child, cohort_of, counting, link_of, parent_of, person, practice, statements
from viral_engine.accounts.services.consent import give_consent
from viral_engine.api.models import ExternalCohort
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
FACTS = ("results", "decisions", "rewards", "links")


def test_results_come_in_pages_that_no_new_result_breaks(algebra: Skill) -> None:
    program = Program()
    ada = program.brings(person("Ada"))
    start = now() - timedelta(days=3)
    for day in range(3):
        practice(ada, algebra, right=day + 3, at=start + timedelta(days=day))
    first = program.get("/api/v1/people/ada/results", limit=2).json()
    practice(ada, algebra, right=1, at=now())
    second = program.get("/api/v1/people/ada/results", limit=2, cursor=first["next_cursor"]).json()
    assert [one["score"] for one in first["results"] + second["results"]] == [60, 80, 100, 20]
    assert second["next_cursor"] is None
    assert {one["skill"] for one in first["results"]} == {"algebra"}
    assert problem_of(program.get("/api/v1/people/ada/results", cursor="WzFd")) == (422, "bad_cursor")
    assert problem_of(program.get("/api/v1/people/ada/results", limit=201)) == (422, "invalid")


def test_a_page_costs_the_same_for_any_number_of_rows(algebra: Skill) -> None:
    program = Program()
    ada = program.brings(person("Ada"))
    costs = []
    for day in range(3):
        practice(ada, algebra, at=now() - timedelta(days=3 - day))
        with counting() as captured:
            assert program.get("/api/v1/people/ada/results").status_code == 200
        costs.append(len(statements(captured)))
    assert costs[1] == costs[2] <= 4


@pytest.mark.django_db(transaction=True)
def test_decisions_and_rewards_say_why(catalogue: None) -> None:
    program = Program()
    ada = program.brings(person("Ada"))
    program.send(practiced(correct=5))
    found = program.get("/api/v1/people/ada/decisions").json()["decisions"]
    offer = next(one for one in found if one["agent"] == "orchestrator")
    assert offer["rationale"] == Decision.objects.get(actor_id=ada.pk, agent="orchestrator").rationale
    grant_reward(user=ada, kind="streak_shield", amount=1, reason="A test", key="k", at=now())
    page = program.get("/api/v1/people/ada/rewards").json()
    assert page["balances"]["streak_shield"] == 1
    assert page["rewards"][-1]["reason"] == "A test"


@pytest.mark.parametrize("facts", FACTS)
def test_nothing_is_read_about_strangers_and_children_without_consent(facts: str) -> None:
    program, other = Program("A"), Program("B")
    other.brings(person("Ada"))
    kid = program.brings(child("Cy"))
    assert problem_of(program.get(f"/api/v1/people/ada/{facts}")) == (404, "person_unknown")
    assert problem_of(program.get(f"/api/v1/people/cy/{facts}")) == (403, "consent_missing")
    give_consent(parent=parent_of(kid, at=now()), child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert program.get(f"/api/v1/people/cy/{facts}").status_code == 200


def test_a_board_of_strangers_names_no_minor(algebra: Skill) -> None:
    program = Program()
    ada, bo = program.brings(person("Ada"), "s-1"), program.brings(person("Bo", age=20), "s-2")
    cohort = cohort_of(ada, bo, at=now())
    ExternalCohort.objects.create(program=program.row, external_id="c-1", cohort=cohort, linked_at=now())
    for learner, right in ((ada, 5), (bo, 4)):
        count_result(result=practice(learner, algebra, right=right, at=now()), at=now())
    strangers = program.get("/api/v1/standings/math").json()["places"]
    assert [(one["name"], one["external_id"]) for one in strangers] == [("A learner", None), ("Bo L.", "s-2")]
    classmates = program.get("/api/v1/standings/math", cohort="c-1", metric="xp").json()["places"]
    assert [(one["name"], one["external_id"]) for one in classmates] == [("Ada L.", "s-1"), ("Bo L.", "s-2")]
    assert problem_of(program.get("/api/v1/standings/alchemy")) == (404, "not_found")
    assert problem_of(program.get("/api/v1/standings/math", cohort="c-9")) == (404, "cohort_unknown")
    assert problem_of(program.get("/api/v1/standings/math", metric="luck")) == (422, "invalid")


def test_growth_is_what_the_dashboard_shows() -> None:
    program, today = Program(), now().date()
    on = today - timedelta(days=20)
    for measure, amount in (("k_people", 10), ("k_invites", 20), ("k_joiners", 5), ("k_joiners_squared", 7)):
        GrowthCount.objects.create(measure=measure, on=on, loop="buddy_challenge", persona="student", amount=amount)
    loops = program.get("/api/v1/growth/k", days=30).json()["loops"]
    assert [(one["loop"], one["exposed"], one["k"], one["read_out"]) for one in loops] == [
        ("buddy_challenge", 10, 0.5, "not yet")
    ]
    counts = program.get("/api/v1/growth/counts", measure="k_people", since=str(on), until=str(today)).json()
    assert counts == {
        "counts": [{"on": on.isoformat(), "measure": "k_people", "loop": "buddy_challenge", "amount": 10}]
    }
    assert problem_of(program.get("/api/v1/growth/counts", measure="active", since=str(today), until=str(on))) == (
        422,
        "invalid",
    )


def test_a_variant_is_that_of_the_site_and_counted_when_it_is_seen() -> None:
    program, at = Program(), now()
    ada = program.brings(person("Ada"))
    trial = draft("reward_size")
    started(trial, at)
    path = "/api/v1/people/ada/experiments/reward_size"
    seen = program.get(path).json()
    assert (seen["arm"], seen["is_enrolled"]) == (get_variant("reward_size", assignment_of(ada), at).arm, True)
    assert Exposure.objects.count() == 0
    for _ in range(2):
        assert program.post(f"{path}/exposure", {}).json() == seen
    assert Exposure.objects.count() == 1
    assert program.get("/api/v1/people/ada/experiments/unknown").json()["is_enrolled"] is False
    results = program.get("/api/v1/experiments/reward_size").json()
    assert (results["state"], results["phase"]) == ("running", 1)
    assert problem_of(program.get("/api/v1/experiments/unknown")) == (404, "not_found")


# -- Links -----------------------------------------------------------------------------------------------------------
def decoded(picture: bytes) -> str:
    found: Any = zxingcpp.read_barcode(Image.open(BytesIO(picture)))
    return str(found.text)


def test_a_link_is_read_drawn_and_deactivated(catalogue: None) -> None:
    program, other = Program("A"), Program("B")
    link = link_of(program.brings(person("Ada")), now())
    read = program.get(f"/api/v1/links/{link.code}").json()
    assert (read["code"], read["state"], read["loop"]) == (link.code, "live", "buddy_challenge")
    assert program.get("/api/v1/people/ada/links").json()["links"] == [read]
    png = program.get(f"/api/v1/links/{link.code}/qr.png")
    assert png["Content-Type"] == "image/png"
    assert decoded(png.content) == f"{read['url']}?via=qr"
    svg = program.get(f"/api/v1/links/{link.code}/qr.svg")
    assert svg["Content-Type"] == "image/svg+xml"
    assert svg.content.startswith(b"<svg")
    assert problem_of(other.get(f"/api/v1/links/{link.code}")) == (404, "not_found")
    assert problem_of(other.client.delete(f"/api/v1/links/{link.code}")) == (404, "not_found")
    for _ in range(2):
        assert program.client.delete(f"/api/v1/links/{link.code}").json()["state"] == "deactivated"
    assert browser().get(urlsplit(read["url"]).path).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_a_link_is_made_by_the_orchestrator_or_refused_with_its_reason(catalogue: None) -> None:
    program = Program()
    program.brings(person("Ada"))
    ask = {"loop": "buddy_challenge"}
    assert problem_of(program.post("/api/v1/people/ada/links", ask, key="k-1")) == (409, "not_offered")
    program.send(practiced(correct=5))
    made = program.post("/api/v1/people/ada/links", ask)
    assert made.status_code == 201
    assert program.post("/api/v1/people/ada/links", ask).json() == made.json()
    assert Link.objects.filter(loop="buddy_challenge").count() == 1
    assert problem_of(program.post("/api/v1/people/ada/links", ask, key="k-1")) == (409, "not_offered")  # repeated
    assert problem_of(program.post("/api/v1/people/ada/links", {"loop": "x"})) == (422, "loop_unknown")
