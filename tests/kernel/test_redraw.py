"""A fragment that many events change is drawn at most once a second."""

from functools import partial

from pytest_django import Settings

from tests.concurrency import within
from viral_engine.kernel.pubsub.redraw import Redraws


def test_fifty_changes_in_a_second_are_drawn_at_once_and_once_more(settings: Settings) -> None:
    settings.REDRAW_EVERY_S = 0.5
    redraws, drawn = Redraws(), list[int]()
    for number in range(50):
        redraws.ask("board", partial(drawn.append, number))
    assert drawn == [0]
    assert within(5, lambda: drawn == [0, 49])  # the last change is never lost
    redraws.ask("board", partial(drawn.append, 50))
    assert drawn == [0, 49]
    assert within(5, lambda: drawn == [0, 49, 50])


def test_one_board_does_not_wait_for_another(settings: Settings) -> None:
    settings.REDRAW_EVERY_S = 60.0
    redraws, drawn = Redraws(), list[str]()
    for name in ("math", "science"):
        redraws.ask(name, partial(drawn.append, name))
    assert drawn == ["math", "science"]


def test_a_failed_drawing_stops_no_other(settings: Settings) -> None:
    settings.REDRAW_EVERY_S = 0.2
    redraws, drawn = Redraws(), list[str]()

    def fail() -> None:
        raise RuntimeError("no template")

    def draw() -> None:
        drawn.append("science")

    for name, act in (("math", fail), ("science", draw)):
        redraws.ask(name, lambda: None)
        redraws.ask(name, act)
    assert within(5, lambda: drawn == ["science"])


def test_a_process_that_ends_draws_what_is_due(settings: Settings) -> None:
    settings.REDRAW_EVERY_S = 60.0
    redraws, drawn = Redraws(), list[int]()
    for number in range(3):
        redraws.ask("board", partial(drawn.append, number))
    redraws.flush()
    assert drawn == [0, 2]
    redraws.flush()
    assert drawn == [0, 2]
