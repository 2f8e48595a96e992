"""The shipped experiments name their arms as the requirement does; the low arm of rewards pays less than a shield."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from experiments.models import Arm
from loops.buddy_challenge.models import Challenge
from loops.core.default_experiments import load_default_experiments
from loops.models import RewardEntry
from loops.rules.shields import reward_per_side
from tests.experiments.trials import started
from tests.factories import browser, person
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import play
from tests.steps.sign_up import sign_up
from viral_engine.kernel.clock import now

NAMED = {
    "buddy_challenge_copy": ["control", "variant_a"],
    "reward_amounts": ["control", "high_reward", "low_reward"],
    "card_design": ["control", "paper", "night"],
}


def arms() -> dict[str, list[str]]:
    return {key: list(Arm.objects.filter(experiment__key=key).values_list("key", flat=True)) for key in NAMED}


@pytest.mark.django_db
def test_a_new_site_has_the_arms_and_weights_of_the_requirement() -> None:
    load_default_experiments()
    assert arms() == NAMED
    assert list(Arm.objects.filter(is_control=True).values_list("key", flat=True)) == ["control"] * 3
    weights = {key: [arm.weight_bp for arm in Arm.objects.filter(experiment__key=key)] for key in NAMED}
    assert weights == {
        "buddy_challenge_copy": [5000, 5000],
        "reward_amounts": [3300, 3300, 3400],
        "card_design": [3400, 3300, 3300],
    }
    params = [arm.params for arm in Arm.objects.filter(experiment__key="reward_amounts")]
    assert [reward_per_side(one) for one in params] == [
        ("streak_shield", 1),
        ("streak_shield", 2),
        ("points", 100),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
def test_the_low_arm_pays_both_sides_points() -> None:
    load_default_experiments()
    rows = Arm.objects.filter(experiment__key="reward_amounts")
    rows.update(weight_bp=0)
    rows.filter(key="low_reward").update(weight_bp=10_000)
    started(rows[0].experiment, now() - timedelta(minutes=1))
    at_ada, at_bo = browser(person("Ada")), browser()
    _, shared = challenge_from(at_ada)
    challenge = Challenge.objects.get()
    assert (challenge.shields, challenge.points, challenge.prize) == (0, 100, "100 points")
    assert "you both get 100 points." in at_bo.get(shared, follow=True).content.decode()
    played = play(at_bo, accept(at_bo, shared), right=5)
    sign_up(at_bo, "Bo", year=2011)
    paid = RewardEntry.objects.filter(key__startswith="buddy_challenge:")
    assert [(row.kind, row.amount) for row in paid] == [("points", 100), ("points", 100)]
    assert "You both earned 100 points." in at_bo.post(f"/loops/after/{played.attempt.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
def test_a_challenge_pays_shields_or_points_and_never_both_or_none() -> None:
    challenge_from(browser(person("Ada")))
    for shields, points in ((0, 0), (1, 100), (4, 0), (0, 501)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Challenge.objects.update(shields=shields, points=points)
