"""Read a streamed sheet."""

from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import async_to_sync


def lines_of(sheet: AsyncIterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The lines of a sheet without its head."""

    async def read() -> list[tuple[Any, ...]]:
        return [line async for line in sheet][1:]

    return async_to_sync(read)()
