"""The ASGI application of `/live/<page>/`."""

import asyncio
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import parse_cookie
from django.utils.crypto import constant_time_compare
from structlog.contextvars import bind_contextvars

from presence.consumers.refusal import AWAY, refuse_for_now
from presence.db import run_in_db_thread
from presence.live_pages.base import LivePage, page_for
from presence.node import RealtimeNode, this_node
from presence.transport.outlets import AsgiSend, outlet_for
from viral_engine.accounts.models import User
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.clock import now
from viral_engine.staff.sockets import staff_seconds


class LivePageConsumer:
    async def __call__(self, scope: dict[str, Any], receive: Any, send: AsgiSend) -> None:
        await receive()  # websocket.connect
        bind_contextvars(socket_id=f"live-{secrets.token_hex(4)}")
        read_s = asyncio.get_running_loop().time()
        try:
            node = await this_node()
            page = await self._page(scope, send, node)
            may_open = page is not None and await page.may_open()
        except AWAY as failure:
            await refuse_for_now(scope, send, failure)
            return
        if page is None or not may_open:
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        node.open_page(page, read_s=read_s)
        try:
            await page.open()
            while (await receive())["type"] != "websocket.disconnect":
                continue  # live pages send nothing; their forms post over HTTP
        finally:
            page.leave()

    async def _page(self, scope: dict[str, Any], send: AsgiSend, node: RealtimeNode) -> LivePage | None:
        topic = scope["path"].removeprefix("/live/").removesuffix("/")
        found = page_for(topic)
        if found is None:
            return None
        kind, names = found
        opened_at = now()
        session = _session_in(scope)
        viewer = await _viewer_of_session(session, node) if session is not None else None
        if session is None or viewer is None or not node.has_room_for_page(viewer.id):
            return None
        left_s = await run_in_db_thread(lambda: staff_seconds(scope, session, opened_at)) if kind.is_for_staff else None
        if left_s == 0:
            return None
        page = kind(
            runtime=node.runtime,
            viewer=viewer,
            topic=topic,
            names=names,
            outlet=outlet_for(scope, send),
            opened_at=opened_at,
            on_leave=node.forget_page,
        )
        if left_s is not None:
            page.ends_s = min(page.ends_s, node.runtime.loop.time() + left_s)  # the next connection is checked again
        return page


def _session_in(scope: dict[str, Any]) -> SessionStore | None:
    cookies = parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
    # Our keys are letters and digits. A database may reject others, such as one with a quoted NUL.
    return SessionStore(session_key) if session_key.isalnum() else None


async def _viewer_of_session(session: SessionStore, node: RealtimeNode) -> ViewerProfile | None:
    user_id = await run_in_db_thread(lambda: _user_of(session))
    viewer = await node.viewer(user_id) if user_id is not None else None
    return viewer if viewer is not None and viewer.may_enter else None


def _user_of(session: SessionStore) -> int | None:
    """The user of a session, with the checks of Django's own middleware.

    Cost  2 queries.
    """
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=session[SESSION_KEY]).only("password").first()
    known = session.get(HASH_SESSION_KEY, "")
    return user.pk if user is not None and constant_time_compare(known, user.get_session_auth_hash()) else None
