import re
from datetime import timedelta

from monitoring.demo.learning_steps import make_class, take_test_at
from monitoring.demo.sockets import listening
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
from viral_engine.learning.events import DiagnosticCompleted
from viral_engine.learning.models import Result, Subject

LOOP = "results_rally"
CLASSMATES = (("Eli", 8), ("Fay", 12), ("Gus", 15), ("Hana", 18))
PLACE = re.compile(r"You are number (\d+) of (\d+)")


def play(stage: DemoStage) -> None:
    """A diagnostic opens a live board; a guest joins it, the board moves, and the starter gets 50 XP."""
    since = now()
    dee, *classmates = [stage.learner(name) for name in ("Dee", *(name for name, _ in CLASSMATES))]
    cohort = make_class(stage, "Rally", [dee, *classmates], since)
    math = Subject.objects.get(slug="math")
    for classmate, (_, right) in zip(classmates, CLASSMATES, strict=True):
        take_test_at(classmate, math, right=right, at=since - timedelta(hours=1))
    stage.fact("Class", f"Cohort {cohort.pk} with {cohort.memberships.count()} members, each with a recent result")

    attempt = dee.browser.answer_all(dee.browser.post("/diagnostics/math/start/"), right="rrw")
    tell_result(stage, "Dee", attempt)
    link = tell_offer(stage, dee, DiagnosticCompleted, LOOP)
    shared = share(stage, dee, link, "sms")
    at_ivo = stage.stranger()
    landing = follow(stage, at_ivo, shared, link, "sms")
    topic = f"user:{dee.id}"
    with listening(stage, dee) as socket:
        socket.join(topic)
        theirs = at_ivo.answer_all(at_ivo.post(f"{landing}/join"), right="r")
        tell_first_value(stage, link)
        moved = stage.wait("The board moves", lambda: socket.last(topic, "rally_moved"))
        waited = moved.received_at - Result.objects.get(attempt_id=theirs).finished_at
        waited_ms = waited.total_seconds() * 1000
        stage.fact(
            "Live board", f"{moved.payload['text']} (rally_moved on {topic}, {waited_ms:.0f} ms after the result)"
        )
    place = PLACE.search(dee.browser.get(landing).text)
    if place is not None:
        stage.fact("Board page", f"Dee's page says number {place[1]} of {place[2]}")
    ivo = stage.join(at_ivo, "Ivo")
    tell_sign_up(stage, ivo, link)
    tell_rewards(stage, LOOP, [dee], since)
