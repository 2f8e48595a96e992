"""Live pages of this very process: what they open, and what they leave behind."""

import asyncio
from collections.abc import Callable

import pytest
import websockets

from tests.factories import browser, person
from tests.presence.clients import live
from tests.sockets import connected, cookies_of, in_thread, serving_in_process, until

pytestmark = pytest.mark.django_db(transaction=True)
MATH = "subject:math"
GRACE_S = 0.2


async def test_a_page_of_no_subject_is_refused_and_opens_nothing(catalogue: None) -> None:
    cookies = await in_thread(lambda: cookies_of(browser(person("Ada"))))
    async with serving_in_process() as server:
        for slug in ("alchemy", "a1", "a2"):
            with pytest.raises(websockets.InvalidStatus) as refusal:
                await live(server, f"subject:{slug}", cookies)
            assert refusal.value.response.status_code == 403
        assert server.node.runtime.presence.topics == {}
        assert server.node.runtime.hub.topics == {}


@pytest.mark.parametrize(
    "cookie", ["bad{name}=1; {good}", "=; ;;{good}", 'x="unclosed; {good}', "a[b]=c; {good}; ü=1", "{good}"]
)
async def test_odd_cookies_beside_the_session_keep_nobody_out(catalogue: None, cookie: str) -> None:
    good = await in_thread(lambda: cookies_of(browser(person("Ada"))))
    async with serving_in_process() as server:
        page = await live(server, MATH, cookie.replace("{good}", good))
        assert "live-subject-math" in str(await page.recv())
        await page.close()


@pytest.mark.parametrize(
    ("header", "value"),
    [("Cookie", 'sessionid="abc\\000defgh"'), ("Cookie", "sessionid=%00; csrftoken"), ("Origin", "http://[")],
)
async def test_a_handshake_that_makes_no_sense_is_refused_without_a_traceback(
    catalogue: None, caplog: pytest.LogCaptureFixture, header: str, value: str
) -> None:
    async with serving_in_process() as server:
        url = f"ws://127.0.0.1:{server.port}/live/{MATH}/"
        origin = None if header == "Origin" else websockets.Origin(server.url)
        with pytest.raises(websockets.InvalidStatus) as refusal:
            await websockets.connect(url, origin=origin, additional_headers={header: value})
        assert refusal.value.response.status_code == 403
    assert [record for record in caplog.records if record.exc_info] == []


async def test_the_last_page_to_leave_closes_the_audience_and_no_earlier(
    catalogue: None, short_waits: Callable[..., None]
) -> None:
    short_waits(GRACE_S=GRACE_S, LINGER_S=GRACE_S)
    ada = await in_thread(lambda: person("Ada"))
    cookies = await in_thread(lambda: cookies_of(browser(ada)))
    async with serving_in_process() as server:
        first, second = await live(server, MATH, cookies), await live(server, MATH, cookies)
        for page in (first, second):
            assert "live-subject-math" in str(await page.recv())
        await first.close()
        async with connected(server, ada) as [a]:  # a member who comes and goes takes nothing from the page
            await a.join(MATH)
        await asyncio.sleep(GRACE_S * 2 + 0.2)
        assert list(server.node.runtime.presence.topics) == [MATH]
        await second.close()
        await until(lambda: server.node.runtime.presence.topics == {}, patience_s=GRACE_S * 2 + 2)
        await until(lambda: server.node.runtime.hub.topics == {})
