"""Requests counted below Django."""

import pytest

from monitoring.request_counter import RequestCounter
from monitoring.rules import Requests
from tests.monitoring.requests import answering, ask


@pytest.mark.parametrize(("status", "errors"), [(200, 0), (302, 0), (404, 0), (429, 0), (500, 1), (503, 1)])
async def test_a_request_is_counted_and_ours_are_the_errors_from_500_on(status: int, errors: int) -> None:
    tally = RequestCounter()
    sent = await ask(answering(status), tally)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert tally.take() == Requests(1, errors)
    assert tally.take() == Requests(0, 0)


async def test_a_crash_is_an_error_and_still_a_crash() -> None:
    async def crashing(*_: object) -> None:
        raise RuntimeError("no answer")

    tally = RequestCounter()
    with pytest.raises(RuntimeError):
        await ask(crashing, tally)
    assert tally.take() == Requests(1, 1)


async def test_who_left_before_there_was_an_answer_is_not_counted() -> None:
    tally = RequestCounter()
    await ask(answering(None), tally)
    assert tally.take() == Requests(0, 0)


@pytest.mark.parametrize("path", ["/api/health", "/api/health/live", "/api/ready", "/metrics"])
async def test_machines_that_ask_whether_we_are_well_are_not_traffic(path: str) -> None:
    tally = RequestCounter()
    await ask(answering(503), tally, path)
    assert tally.take() == Requests(0, 0)
