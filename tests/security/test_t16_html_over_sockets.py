"""Threat 16: text that people send over a socket reaches a live page as markup."""

from functools import partial
from html.parser import HTMLParser

import pytest

from tests.factories import browser, cohort_of, person
from tests.sockets import connected, in_thread, serving_in_process, until, watching
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
PAYLOAD = "<img src=x onerror=alert(1)> <b hx-get=/settings/>5 < 7</b>"


class Tags(HTMLParser):
    """The tags and attributes of a fragment."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(fragment)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {f"{name}={value}" for name, value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_t16_a_message_over_a_socket_is_text_on_every_open_page(catalogue: None) -> None:
    def cast() -> tuple[User, User, int]:
        ada, bo = person("Ada"), person("Bo")
        return ada, bo, cohort_of(ada, bo, at=now()).pk

    ada, bo, cohort_id = await in_thread(cast)
    at_bo = await in_thread(partial(browser, bo))
    topic = f"cohort:{cohort_id}"
    async with (
        serving_in_process() as server,
        connected(server, ada) as [a],
        watching(server, at_bo, topic) as fragments,  # type: ignore[arg-type]
    ):
        await a.join(topic)
        sent = await a.push(topic, "send_message", {"text": PAYLOAD, "html": PAYLOAD, "safe": True})
        assert sent["text"] == PAYLOAD  # JSON, which a program shows as text
        await until(lambda: "5 &lt; 7" in fragments[-1])
        seen = Tags(fragments[-1])
        assert PAYLOAD in " ".join(seen.text.split())
        assert "img" not in seen.tags
        assert not {one for one in seen.attributes if one.startswith("on") or "/settings/" in one}
