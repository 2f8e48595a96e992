"""Play scenes on a site, and take back what they made."""

from collections.abc import Sequence
from contextlib import ExitStack

from monitoring.demo.ending import tell_k
from monitoring.demo.narrator import Narrator
from monitoring.demo.scenes import SCENES
from monitoring.demo.stage import DemoStage
from viral_engine.accounts.models import Cohort, User
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.clock import now


def play_scenes(url: str, narrator: Narrator, numbers: Sequence[int], *, keeps: bool) -> None:
    """Play the scenes with these numbers on the site at `url`, which uses the database of these settings.

    Unless it `keeps`, the accounts of the run are erased at the end, also after a failure, as a person's own request
    does: links end, and totals and ledgers still add up.

    Raises  SceneFailed, PageFailed.
    """
    with ExitStack() as closing:
        stage = DemoStage(url, narrator, closing)
        if not keeps:
            closing.callback(erase_people, stage)
        with narrator.showing_progress():
            for number in numbers:
                scene = SCENES[number - 1]
                narrator.begin_scene(number, scene.title, scene.summary)
                scene.play(stage)
                narrator.end_scene()
            narrator.scene = 0
            tell_k(stage)


def erase_people(stage: DemoStage) -> None:
    """Erase every account of the run, and close its cohorts."""
    at = now()
    for person in User.objects.filter(pk__in=stage.people):
        erase_account(user=person, by=person, at=at)
    Cohort.objects.filter(pk__in=stage.cohorts).delete()
