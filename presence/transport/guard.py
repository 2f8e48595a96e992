"""Which topics are for some people only, and how this process learns who lost the right to one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from django.db import Error as AnyDatabaseError

AGAIN_S = 0.5
Work = Callable[[], Awaitable[None]]


async def _nothing_to_confirm() -> None: ...


@dataclass(frozen=True, slots=True)
class Guard:
    """A message of a guarded topic is delivered after a `confirm` that began when the message was here already.

    So nobody gets a message that was sent after the commit that took their right.
    """

    is_guarded: Callable[[str], bool] = lambda _: False
    confirm: Callable[[], Awaitable[None]] = _nothing_to_confirm

    async def confirm_patiently(self) -> None:
        """Wait until rights are confirmed: without the database nothing of a guarded topic is delivered."""
        while True:
            try:
                await self.confirm()
            except AnyDatabaseError:
                await asyncio.sleep(AGAIN_S)
            else:
                return


UNGUARDED = Guard()
