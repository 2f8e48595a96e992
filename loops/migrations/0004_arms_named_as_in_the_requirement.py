from django.db import migrations

ARMS = {  # experiment -> for each arm (key, title, params) before and after; None keeps an admin's text
    "buddy_challenge_copy": [
        (("dare", None, None), ("control", None, None)),
        (("together", None, None), ("variant_a", None, None)),
    ],
    "reward_amounts": [
        (("one", "One shield", {"shields": 1}), ("control", "One shield", {"shields": 1})),
        (("two", "Two shields", {"shields": 2}), ("high_reward", "Two shields", {"shields": 2})),
        (("three", "Three shields", {"shields": 3}), ("low_reward", "100 points", {"points": 100})),
    ],
}


def rename_arms(apps, *, back):
    """Rename the arms of shipped experiments that never ran and that no admin changed.

    An experiment with a phase keeps its arms: exposures, links and verdicts name them. Rename them in the admin before
    its next phase.
    """
    experiments = apps.get_model("experiments", "Experiment").objects.filter(phases=None)
    for key, pairs in ARMS.items():
        experiment = experiments.filter(key=key).first()
        steps = [(new, old) if back else (old, new) for old, new in pairs]
        if experiment is None:
            continue
        arms = {arm.key: arm for arm in experiment.arms.all()}
        if set(arms) == {before[0] for before, _ in steps} and all(_is_shipped(arms[old[0]], old) for old, _ in steps):
            for before, after in steps:
                _become(arms[before[0]], after)


def _is_shipped(arm, row):
    _, title, params = row
    return title is None or (arm.title, arm.params) == (title, params)


def _become(arm, row):
    key, title, params = row
    arm.key = key
    if title is not None:
        arm.title, arm.params = title, params
    arm.save(update_fields=["key", "title", "params"])


def forward(apps, _):
    rename_arms(apps, back=False)


def backward(apps, _):
    """Challenges that pay points pay a shield again, the only reward that the older schema knows."""
    rename_arms(apps, back=True)
    apps.get_model("loops", "Challenge").objects.filter(shields=0).update(shields=1, points=0)


class Migration(migrations.Migration):
    dependencies = [("loops", "0003_challenges_may_pay_points"), ("experiments", "0001_initial")]

    operations = [migrations.RunPython(forward, backward)]
