"""The two experiments that come with the site, as drafts: an admin starts them."""

from typing import Any

from django.db import transaction

from experiments.models import Arm, Experiment, Metric

Unit = Experiment.Unit
DISMISSED = {
    "part": "guardrail",
    "title": "Offers sent away",
    "event": "prompt_dismissed",
    "is_more_better": False,
    "limit": 0.2,
}
SHIPPED: dict[str, dict[str, Any]] = {
    "buddy_challenge_copy": {
        "title": "Buddy Challenge copy",
        "hypothesis": "An offer to play together instead of a dare makes more learners send it to a friend.",
        "arms": [
            {"key": "dare", "title": "Dare a friend", "weight_bp": 5000},
            {
                "key": "together",
                "title": "Play together",
                "weight_bp": 5000,
                "params": {
                    "title": "Play it together",
                    "headline": "I got {score}% in {skill}. Play the same five with me?",
                    "pitch": "Five questions, two minutes, no account needed.",
                    "es": {
                        "title": "Jueguen juntos",
                        "headline": "Saqué {score}% en {skill}. ¿Juegas las mismas cinco conmigo?",
                        "pitch": "Cinco preguntas, dos minutos, sin crear una cuenta.",
                    },
                },
            },
        ],
        "metrics": [
            {"part": "primary", "title": "Invites sent", "event": "invite_sent"},
            {"part": "goal", "title": "Friends who got going", "event": "fvm_reached"},
            DISMISSED,
        ],
    },
    "reward_amounts": {
        "title": "Reward amounts",
        "hypothesis": "More shields for both bring more friends to their first right answer, up to a point.",
        "arms": [
            {"key": "one", "title": "One shield", "weight_bp": 3300, "params": {"shields": 1}},
            {"key": "two", "title": "Two shields", "weight_bp": 3300, "params": {"shields": 2}},
            {"key": "three", "title": "Three shields", "weight_bp": 3400, "params": {"shields": 3}},
        ],
        "metrics": [
            {"part": "primary", "title": "Friends who got going", "event": "fvm_reached"},
            {"part": "goal", "title": "Invites sent", "event": "invite_sent"},
            DISMISSED,
        ],
    },
}


@transaction.atomic
def load_shipped() -> list[Experiment]:
    """Both exist; what an admin made of them since stays as it is. Returns those that were missing."""
    made = []
    for key, facts in SHIPPED.items():
        words = {name: facts[name] for name in ("title", "hypothesis")}
        experiment, is_new = Experiment.objects.get_or_create(key=key, defaults={**words, "unit": Unit.TREE})
        if not is_new:
            continue
        for number, arm in enumerate(facts["arms"]):
            Arm.objects.create(experiment=experiment, is_control=number == 0, **arm)
        for metric in facts["metrics"]:
            Metric.objects.create(experiment=experiment, **metric)
        made.append(experiment)
    return made
