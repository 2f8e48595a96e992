"""The door `/live/<page>/`: HTML fragments for htmx, from the same hub as the JSON socket.

htmx comes back after 1006, 1011, 1012 and 1013 alone, so a live page is closed with 1001 only when its person
may no longer see it. On every connection all live regions are sent whole: nothing is missed in between.
"""

import re
import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import parse_cookie
from django.utils.crypto import constant_time_compare
from structlog.contextvars import bind_contextvars

from presence import metrics, rules
from presence.hub import LocalTopic
from presence.node import Node, this_node
from presence.people import in_database
from presence.room import Room
from presence.transports import Outlet, Packed, Send, hang_up, outlet_for
from viral_engine.accounts.cards import Card
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now

PAGES_PER_USER = 10


class LivePage:
    """One open page. Subclasses name their topics and draw their regions; `draw` is used at every connection."""

    pattern: ClassVar[str]
    room: ClassVar[type[Room]]

    def __init__(  # one page, named facts
        self,
        *,
        node: Node,
        person: Card,
        topic: str,
        names: dict[str, str],
        outlet: Outlet,
        opened_at: datetime,
    ) -> None:
        self.node = node
        self.person = person
        self.topic = topic
        self.names = names
        self.outlet = outlet
        self.opened_at = opened_at  # a log-out ends what was opened before
        self.locals: list[LocalTopic] = []
        self.ends_s = node.loop.time() + rules.life_s()
        self._is_open = True

    @property
    def socket_id(self) -> str:
        return ""  # it says nothing, so it never hears itself

    @property
    def hidden(self) -> frozenset[int]:
        return self.person.hidden

    def change_person(self, person: Card) -> None:
        """What the person may see has changed: everything is drawn anew."""
        self.person = person
        for local in self.locals:
            self.node.hub.reconsider(local.name, self)
        self.resync()

    async def may_open(self) -> bool:
        """Whether this person may see the page; anybody signed in, unless a page says otherwise."""
        return True

    async def draw(self) -> str:
        """All live regions of the page, each with the root id it is swapped by."""
        return ""

    def topics(self) -> list[str]:
        """The topics whose fragments this page takes; its own, unless a page says more."""
        return [self.topic]

    async def open(self) -> None:
        for topic in self.topics():
            async with self.node.hub.expecting(topic) as local:
                self.locals.append(local)
                self.node.hub.add(local, self, self.outlet, takes_html=True)
        await self.redraw()

    async def redraw(self) -> None:
        html = await self.draw()
        if not self._is_open:
            self._retire()  # it was left while it drew, and may have opened an audience for nobody
        elif html and not self.outlet.put(Packed(html)):
            self.cut()

    def resync(self) -> None:
        self.node.spawn(self.redraw())

    def cut(self) -> None:
        metrics.QUEUE_DROPS.inc()
        self.leave()
        self.outlet.cut(rules.TRY_LATER)

    def close(self, code: int) -> None:
        self.leave()
        self.node.spawn(hang_up(self.outlet, code))

    def sweep(self, now_s: float) -> None:
        """Called each second: cut who does not read, send back who is old."""
        if not self.outlet.sweep(now_s):
            self.cut()
        elif now_s > self.ends_s:
            self.close(rules.RESTART)

    def leave(self) -> None:
        self._is_open = False
        for local in self.locals:
            self.node.hub.remove(local.name, self)
        pages = self.node.live.get(self.person.id, set())
        pages.discard(self)
        if not pages:
            self.node.live.pop(self.person.id, None)
        self._retire()

    def _retire(self) -> None:
        for topic in self.topics():
            self.node.retire_soon(topic)


_pages: list[tuple[re.Pattern[str], type[LivePage]]] = []


def register_page(page: type[LivePage]) -> type[LivePage]:
    """A decorator: `/live/<page>/` with a page of this pattern opens it."""
    _pages.append((re.compile(page.pattern), page))
    return page


class LiveConsumer:
    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        await receive()  # websocket.connect
        bind_contextvars(socket_id=f"live-{secrets.token_hex(4)}")
        node = await this_node()
        read_s = node.loop.time()
        page = await self._page(scope, send, node)
        if page is None or not await page.may_open():
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        node.open_page(page, read_s=read_s)
        try:
            await page.open()
            while (await receive())["type"] != "websocket.disconnect":
                continue  # live pages only listen; forms post over HTTP
        finally:
            page.leave()

    async def _page(self, scope: dict[str, Any], send: Send, node: Node) -> LivePage | None:
        name = scope["path"].removeprefix("/live/").removesuffix("/")
        for pattern, kind in _pages:
            if found := pattern.fullmatch(name):
                opened_at = now()
                person = await _person_of_session(scope, node)
                if person is None or len(node.live.get(person.id, ())) >= PAGES_PER_USER:
                    return None
                outlet = outlet_for(scope, send)
                names = found.groupdict()
                return kind(node=node, person=person, topic=name, names=names, outlet=outlet, opened_at=opened_at)
        return None


async def _person_of_session(scope: dict[str, Any], node: Node) -> Card | None:
    cookies = parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
    # Keys of ours are letters and digits; others, such as a quoted NUL, a database may refuse to look for.
    user_id = await in_database(lambda: _user_of(session_key)) if session_key.isalnum() else None
    card = await node.card(user_id) if user_id is not None else None
    return card if card is not None and card.may_enter else None


def _user_of(session_key: str) -> int | None:
    """The user of a session as Django's own middleware would know them; 2 queries."""
    session = SessionStore(session_key)
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=session[SESSION_KEY]).only("password").first()
    known = session.get(HASH_SESSION_KEY, "")
    return user.pk if user is not None and constant_time_compare(known, user.get_session_auth_hash()) else None
