"""The shared parts of one process that its sockets and live pages use."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from presence.background import BackgroundTasks
from presence.db import SharedReads
from presence.practice_watch import PracticeWatch
from presence.tracker.registry import PresenceRegistry
from presence.transport.guard import UNGUARDED, Guard
from presence.transport.hub import Hub


@dataclass(frozen=True, slots=True, eq=False)
class Runtime:
    """Made and stopped by the node; sockets and pages never see the node itself."""

    loop: asyncio.AbstractEventLoop
    hub: Hub
    presence: PresenceRegistry
    practice: PracticeWatch
    reads: SharedReads
    background: BackgroundTasks

    @classmethod
    def create(
        cls,
        on_control: Callable[[dict[str, Any]], None],
        guard: Guard = UNGUARDED,
        on_outage: Callable[[], None] = lambda: None,
    ) -> "Runtime":
        hub, reads, background = Hub(on_control, guard, on_outage), SharedReads(), BackgroundTasks()
        presence = PresenceRegistry(hub, reads, background)
        practice = PracticeWatch(presence, reads, background)
        return cls(asyncio.get_running_loop(), hub, presence, practice, reads, background)

    async def stop(self) -> None:
        await self.hub.stop()
        await self.presence.stop()
        self.background.cancel_all()
