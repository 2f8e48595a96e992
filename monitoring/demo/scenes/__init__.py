"""The six scenes in their order. A scene needs no other one: `--scene 4` plays it alone."""

from collections.abc import Callable
from dataclasses import dataclass

from monitoring.demo.scenes import challenge, live, rally, recap, spotlight, transcript
from monitoring.demo.stage import DemoStage


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    summary: str
    play: Callable[[DemoStage], None]


SCENES = (
    Scene("Practice to Buddy Challenge", "A learner dares a friend, who plays without an account.", challenge.play),
    Scene("Diagnostic to Results Rally", "A result opens a live board for friends.", rally.play),
    Scene("Weekly recap to Proud Parent", "A parent shares a child's week with another parent.", recap.play),
    Scene("Five stars to Tutor Spotlight", "A family's praise brings the tutor another family.", spotlight.play),
    Scene("The live layer", "Classmates come, chat, practice and leave.", live.play),
    Scene("A transcript to four actions", "A tutoring session gives everyone something to do.", transcript.play),
)
