from monitoring.demo.stage import DemoStage
from monitoring.demo.steps import (
    follow,
    share,
    tell_first_value,
    tell_offer,
    tell_result,
    tell_rewards,
    tell_sign_up,
)
from viral_engine.kernel.clock import now
from viral_engine.learning.events import PracticeCompleted

LOOP = "buddy_challenge"


def play(stage: DemoStage) -> None:
    """A learner practices and dares a friend; the friend plays, signs up, and both get a shield."""
    since = now()
    ada = stage.learner("Ada")
    attempt = ada.browser.answer_all(ada.browser.post("/practice/start/algebra/"), right="rrrrw")
    tell_result(stage, "Ada", attempt)
    link = tell_offer(stage, ada, PracticeCompleted, LOOP)
    shared = share(stage, ada, link, "whatsapp")
    at_bo = stage.stranger()
    landing = follow(stage, at_bo, shared, link, "whatsapp")
    played = at_bo.answer_all(at_bo.post(f"{landing}/play"), right="r")
    tell_first_value(stage, link)
    tell_result(stage, "The guest", played)
    bo = stage.join(at_bo, "Bo")
    tell_sign_up(stage, bo, link)
    tell_rewards(stage, LOOP, [ada, bo], since)
