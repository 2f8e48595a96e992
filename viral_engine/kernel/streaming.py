"""Stream what synchronous code produces, in constant memory, from an asynchronous server."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async

AT_ONCE = 64 * 1024  # characters: one change of threads for so many


async def stream(parts: Iterator[str]) -> AsyncIterator[str]:
    """The parts in larger pieces; the iterator runs in the request's own thread, where its cursors were opened."""
    while piece := await sync_to_async(_next_piece)(parts):
        yield piece


def _next_piece(parts: Iterator[str]) -> str:
    taken, size = list[str](), 0
    for part in parts:
        taken.append(part)
        size += len(part)
        if size >= AT_ONCE:
            break
    return "".join(taken)
