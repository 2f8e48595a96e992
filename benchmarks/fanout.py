"""Measure a broadcast to a room: server CPU per delivered frame, and the time until the last member has it.

    python -m benchmarks.fanout [--members 500 5000] [--seconds 4]

Baselines: a stock Channels consumer with group_send (the same Redis layer, the same server), and a bare socket server
in C. The next message follows when the last member has the previous one. The clients run in this process.
"""

import argparse
import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from benchmarks.baselines import GROUP
from benchmarks.clients import SOCKETS_A_PERSON, TOPIC, baseline_server, create_learners, project_server, socket_urls
from benchmarks.harness import own_database, percentile
from benchmarks.load_clients import LoadClients
from tests.servers import Server, redis_server
from viral_engine.learning.events import PracticeCompleted

ACTIVITY = {"type": PracticeCompleted.type, "user_id": 4711, "name": "Ada", "subject": "math", "skill": "algebra"}
MIN_MESSAGES, MAX_MESSAGES = 10, 400
WARM_UP = 5


@dataclass(frozen=True)
class Figure:
    name: str
    members: int
    frame_us: float  # server CPU
    last_ms: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[500, 5000])
    parser.add_argument("--seconds", type=float, default=4.0, help="seconds of broadcasts per server")
    arguments = parser.parse_args()
    with redis_server() as (url, _), own_database("bench_fanout", redis_url=url):
        from viral_engine.learning.services.catalogue import load_catalogue

        load_catalogue()
        people = create_learners(max(arguments.members) // SOCKETS_A_PERSON)
        for members in arguments.members:
            show([measure(name, members, people, arguments.seconds) for name in NAMES])


NAMES = ("ours, uvicorn", "ours, daphne", "stock-uvicorn", "stock-daphne", "bare")


def measure(name: str, members: int, people: list[int], seconds: float) -> Figure:
    ours = name.startswith("ours")
    with project_server(name.rsplit(maxsplit=1)[-1]) if ours else baseline_server(name) as server:
        urls = socket_urls(server, people, members) if ours else [f"ws://127.0.0.1:{server.port}/"] * members
        fleet = LoadClients(urls, origin=server.url, topic=TOPIC)
        publish = publish_ours if ours else (publish_bare if name == "bare" else publish_stock)
        return asyncio.run(broadcast_for(name, server, fleet, publish, seconds))


async def broadcast_for(
    name: str, server: Server, fleet: LoadClients, publish: "Callable[[int], object]", seconds: float
) -> Figure:
    members = len(fleet.clients)
    await fleet.connect()
    if name.startswith("ours"):
        await fleet.join()
        await fleet.quiet()
    await asyncio.sleep(1.0)  # the baseline servers subscribe
    for number in range(WARM_UP):
        await broadcast_once(fleet, publish, number)
    last_ms: list[float] = []
    began_s, cpu_s = perf_counter(), server.cpu_s()
    while len(last_ms) < MIN_MESSAGES or (len(last_ms) < MAX_MESSAGES and perf_counter() - began_s < seconds):
        last_ms.append(await broadcast_once(fleet, publish, len(last_ms)))
    frame_us = (server.cpu_s() - cpu_s) * 1e6 / (len(last_ms) * members)
    await fleet.close()
    return Figure(name, members, frame_us, last_ms)


async def broadcast_once(fleet: LoadClients, publish: "Callable[[int], object]", number: int) -> float:
    """Milliseconds until the last member has the message."""
    fleet.marked, start_s = 0, perf_counter()
    sent = publish(number)
    if asyncio.iscoroutine(sent):
        await sent
    await fleet.until(lambda: fleet.marked >= len(fleet.clients))
    return (fleet.last_frame_at_s - start_s) * 1000


def text_of(number: int) -> str:
    return json.dumps([None, None, TOPIC, "new_activity", ACTIVITY | {"marker": number}], separators=(",", ":"))


def publish_ours(number: int) -> None:
    from viral_engine.kernel.pubsub import publish_now

    publish_now(TOPIC, "new_activity", ACTIVITY | {"marker": number})


async def publish_stock(number: int) -> None:
    from channels.layers import get_channel_layer

    await get_channel_layer().group_send(GROUP, {"type": "activity", "text": text_of(number)})


async def publish_bare(number: int) -> None:
    from django.conf import settings
    from redis.asyncio import Redis

    async with Redis.from_url(settings.REDIS_URL) as redis:
        await redis.publish(GROUP, text_of(number))


def show(figures: list[Figure]) -> None:
    by_name = {figure.name: figure for figure in figures}
    print(f"\n{figures[0].members} members of one room, one process")
    for figure in figures:
        stock = by_name["stock-daphne" if figure.name.endswith("daphne") else "stock-uvicorn"]
        p50, p95 = (percentile(figure.last_ms, share) for share in (0.5, 0.95))
        print(
            f"{figure.name:<14} {figure.frame_us:7.1f} us CPU/frame   {figure.frame_us / stock.frame_us:5.3f} x stock"
            f"  {figure.frame_us / by_name['bare'].frame_us:6.2f} x bare   last frame p50 {p50:7.1f} ms"
            f"  p95 {p95:7.1f} ms   ({len(figure.last_ms)} messages)",
            flush=True,
        )


if __name__ == "__main__":
    main()
