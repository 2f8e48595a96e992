"""Redis goes away and comes back under two processes; the pages end as a reload shows them."""

import contextlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.servers import Site, free_port, redis_server, running_site
from tests.steps.browser import arrive

pytestmark = pytest.mark.browser
POLL_MS = 15_000  # a page is drawn every 5 s once its process has noticed


def opened(page: Page, site: Site, name: str) -> Page:
    arrive(page, site, name, "/cohorts/")
    expect(page.locator("p.live").filter(has_text="Comets")).to_be_visible(timeout=POLL_MS)
    return page


def say(page: Page, text: str) -> None:
    line = page.get_by_label("Message to the cohort")
    line.fill(text)
    line.press("Enter")
    sees(page, text)


def sees(page: Page, text: str) -> None:
    expect(page.locator("#chat").get_by_text(text)).to_have_count(1, timeout=POLL_MS)


def lines(page: Page) -> list[str]:
    return page.locator("#chat .said p:last-child").all_inner_texts()


def test_a_chat_during_an_outage_of_redis_ends_as_a_reload_shows_it(
    database_url: str, phone: Callable[[], Page], complaints: list[str]
) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        url, redis = stack.enter_context(redis_server(port))
        sites = [stack.enter_context(running_site(database_url, REDIS_URL=url)) for _ in range(2)]
        hana, ivo = opened(phone(), sites[0], "hana"), opened(phone(), sites[1], "ivo")
        say(ivo, "Before")
        sees(hana, "Before")
        redis.kill()
        redis.wait()
        say(ivo, "Meanwhile of Ivo")
        for page in (hana, ivo):
            expect(page.locator("#delayed")).to_be_visible(timeout=POLL_MS)
        say(hana, "Meanwhile of Hana")
        sees(hana, "Meanwhile of Ivo")
        sees(ivo, "Meanwhile of Hana")
        stack.enter_context(redis_server(port))
        for page in (hana, ivo):
            expect(page.locator("#delayed")).to_be_hidden(timeout=POLL_MS)
        say(hana, "After")
        sees(ivo, "After")
        for page in (hana, ivo):
            shown = page.locator("#chat .said p:last-child")
            expect(shown).to_have_text(["Before", "Meanwhile of Ivo", "Meanwhile of Hana", "After"])
            page.reload()
            expect(shown).to_have_text(["Before", "Meanwhile of Ivo", "Meanwhile of Hana", "After"])
            page.goto("about:blank")  # before the sites stop


def test_lines_are_in_the_order_of_their_numbers_whatever_the_order_of_arrival(
    site: Site, phone: Callable[[], Page]
) -> None:
    page, sockets = phone(), list[WebSocketRoute]()

    def pass_through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(re.compile("/live/cohort"), pass_through)
    opened(page, site, "june")
    for number in (5001, 5003, 5002, 5003, 5000):
        inner = f'<div class="said"><p>{number}</p></div>'
        item = f'<li class="message" id="message-9{number}" data-number="{number}">{inner}</li>'
        sockets[-1].send(f'<ol id="chat" hx-swap-oob="beforeend" data-brings="message-9{number}">{item}</ol>')
    sees(page, "5000")
    assert [line for line in lines(page) if line.startswith("500")] == ["5000", "5001", "5002", "5003"]
