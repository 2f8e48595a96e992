"""The six scenes in their order. A scene needs no other one: `--scene 4` plays it alone."""

from collections.abc import Callable
from dataclasses import dataclass

from monitoring.demo.scenes import challenge, live, rally, recap, spotlight, transcript
from monitoring.demo.stage import DemoStage


@dataclass(frozen=True, slots=True)
class DemoScene:
    title: str
    summary: str
    play: Callable[[DemoStage], None]


SCENES = (
    DemoScene("Practice to Buddy Challenge", "A learner dares a friend, who plays without an account.", challenge.play),
    DemoScene("Diagnostic to Results Rally", "A result opens a live board for friends.", rally.play),
    DemoScene("Weekly recap to Proud Parent", "A parent shares a child's week with another parent.", recap.play),
    DemoScene("Five stars to Tutor Spotlight", "A family's praise brings the tutor another family.", spotlight.play),
    DemoScene("The live layer", "Classmates come, chat, practice and leave.", live.play),
    DemoScene("A transcript to four actions", "A tutoring session gives everyone something to do.", transcript.play),
)
