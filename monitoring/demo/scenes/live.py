from contextlib import ExitStack

from feeds.models import Activity
from monitoring.demo.learning_steps import make_class
from monitoring.demo.sockets import Arrival, Listener, listening
from monitoring.demo.stage import Actor, DemoStage
from presence.transport import protocol
from viral_engine.kernel.clock import now
from viral_engine.learning.events import PracticeCompleted
from viral_engine.learning.models import Result

NAMES = ("Max", "Noor", "Oli", "Pia", "Quinn")
TEXT = "Anyone up for five fractions?"


def play(stage: DemoStage) -> None:
    """Classmates come and go: presence, a practice in the feed and a chat line, with the time each took to arrive."""
    people = [stage.learner(name) for name in NAMES]
    cohort = make_class(stage, "Live", people, now())
    topic = f"cohort:{cohort.pk}"
    with ExitStack() as sockets:
        first, *others = [_enter(stage, sockets, one, topic) for one in people[:-1]]
        everyone = [first, *others]
        _wait_for_count(stage, first, topic, len(people) - 1)
        with listening(stage, people[-1]) as visitor:
            came_at_s = visitor.push(topic, protocol.JOIN)
            _report(stage, "Came", f"{NAMES[-1]} joined {topic}", everyone, topic, "presence_diff", came_at_s)
            _wait_for_count(stage, first, topic, len(people))
        _wait_for_count(stage, first, topic, len(people) - 1)
        stage.fact("Left", f"{NAMES[-1]} closed the page; members online: {_count(first, topic)}")
        sent_at_s = first.push(topic, "send_message", {"text": TEXT})
        _report(stage, "Chat", f"{NAMES[0]}: {TEXT}", others, topic, "new_message", sent_at_s)
        _practice(stage, people[1], first, topic)


def _practice(stage: DemoStage, actor: Actor, watcher: Listener, topic: str) -> None:
    """One member's result reaches another member's feed."""
    attempt = actor.browser.answer_all(actor.browser.post("/practice/start/fractions/"), right="r")
    result = Result.objects.get(attempt_id=attempt)

    def pushed() -> Arrival | None:
        found = (one for one in list(watcher.arrivals) if one.topic == topic and one.event == "new_activity")
        return next((one for one in found if one.payload.get("type") == PracticeCompleted.type), None)

    arrival = stage.wait("The feed hears of it", pushed)
    waited_ms = (arrival.received_at - result.finished_at).total_seconds() * 1000
    activity = Activity.objects.get(pk=arrival.payload["activity_id"], actor=actor.user)
    what = f"{actor.name} {activity.get_kind_display().lower()}, without the score: activity {activity.pk}"
    stage.fact("Feed", f"{what}; {arrival.event} reached {NAMES[0]}'s screen {waited_ms:.0f} ms after the result")


def _enter(stage: DemoStage, sockets: ExitStack, actor: Actor, topic: str) -> Listener:
    listener = sockets.enter_context(listening(stage, actor))
    listener.join(topic)
    return listener


def _count(listener: Listener, topic: str) -> int | None:
    found = listener.last(topic, "cohort_info")
    return found.payload["members_online"] if found else None


def _wait_for_count(stage: DemoStage, listener: Listener, topic: str, people: int) -> None:
    stage.wait(f"{people} members are online", lambda: _count(listener, topic) == people)
    stage.fact("Presence", f"{people} of {topic} online")


def _report(
    stage: DemoStage, label: str, what: str, listeners: list[Listener], topic: str, event: str, since_s: float
) -> None:
    """Wait until every socket has the message, and report the times it took."""

    def arrived() -> list[float] | None:
        found = [one.last(topic, event, since_s) for one in listeners]
        return [(one.at_s - since_s) * 1000 for one in found if one] if all(found) else None

    times = sorted(stage.wait(what, arrived))
    stage.fact(label, f"{what}; {event} reached {len(times)} screens after {times[0]:.0f} to {times[-1]:.0f} ms")
