"""Each agent that the requirement names logs its decisions with a rationale; what nobody decided is not logged."""

from datetime import timedelta

import pytest

from experiments.models import Arm
from loops.core.default_experiments import load_default_experiments
from tests.experiments.trials import started
from tests.factories import browser, person
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import play
from tests.steps.sign_up import sign_up
from tests.steps.tutor_spotlight import loop_row, spotlight_of, tutor
from tests.watching import watching
from viral_engine.accounts.services import friends
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


def made_by(agent: str) -> list[tuple[str, str, str]]:
    """Decisions of an agent. On a busy machine it is late, and then says so after its rationale."""
    rows = Decision.objects.filter(agent=agent).order_by("pk").values_list("type", "outcome", "rationale")
    return [(kind, outcome, rationale.partition(f" {agent} took")[0]) for kind, outcome, rationale in rows]


def test_an_offer_logs_copy_and_arms_beside_the_choice() -> None:
    load_default_experiments()
    started(Arm.objects.filter(experiment__key="reward_amounts")[0].experiment, now() - timedelta(minutes=1))
    challenge_from(browser(person("Ada")))
    [(asked, outcome, rationale)] = made_by("experimentation")
    assert (asked, outcome) == ("practice_completed", "enrolled")
    assert rationale.startswith("reward_amounts: ")
    assert made_by("personalization") == [
        ("practice_completed", "copy", "Copy for a student of low engagement, in English.")
    ]
    assert [row[1] for row in made_by("orchestrator")] == ["buddy_challenge"]
    assert [row[1] for row in made_by("trust_safety")][:1] == ["allow"]


def test_without_an_experiment_the_decision_is_the_control() -> None:
    challenge_from(browser(person("Ada")))
    [(_, outcome, rationale)] = made_by("experimentation")
    assert (outcome, rationale) == ("control", "No running experiment includes this person.")


def test_a_payout_is_a_decision_of_incentives() -> None:
    _, shared = challenge_from(browser(person("Ada")))
    at_bo = browser()
    play(at_bo, accept(at_bo, shared), right=5)
    sign_up(at_bo, "Bo", year=2011)
    [(_, outcome, rationale)] = made_by("incentives")
    assert (outcome, rationale.endswith("a streak shield each.")) == ("rewarded", True)


def test_a_share_pack_is_a_decision_of_tutor_advocacy() -> None:
    loop_row()
    spotlight_of(tutor(), person("Ada"))
    assert made_by("tutor_advocacy") == [
        (
            "session_rated_five_stars",
            "share_pack",
            "Five stars in Math: a page with a deck, and a lower price for families.",
        )
    ]


def test_a_nudge_is_a_decision_of_social_presence() -> None:
    ada, bo = person("Ada"), person("Bo", current_subject="math")
    friends.accept_friend(friendship=friends.request_friend(asker=ada, asked=bo, at=now()), by=bo, at=now())
    with watching(f"activity_feed:{bo.pk}"):
        browser(ada).post("/practice/start/algebra/")
    rationale = "Nudged 1 of 1 friends who practice Math; the others had one within the hour."
    assert made_by("social_presence") == [("practice_started", "nudged", rationale)]
    browser(ada).post("/practice/start/algebra/")
    assert len(made_by("social_presence")) == 1
