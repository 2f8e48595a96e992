"""Measure a join storm: all people connect at once and join one subject.

    python -m benchmarks.join_storm [--sockets 1000 5000]

Baseline: the bare handshakes of as many sockets under the same server.
"""

import argparse
import asyncio
from dataclasses import dataclass
from time import perf_counter

from benchmarks.clients import SOCKETS_A_PERSON, TOPIC, baseline_server, create_learners, project_server, socket_urls
from benchmarks.harness import own_database
from benchmarks.load_clients import LoadClients
from tests.servers import Server, redis_server


@dataclass(frozen=True)
class Storm:
    cpu_s: float
    frames: int
    megabytes: float
    settled_s: float  # last frame after the last connect


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, nargs="+", default=[1000, 5000])
    arguments = parser.parse_args()
    with redis_server() as (url, _), own_database("bench_storm", redis_url=url):
        from viral_engine.learning.services.catalogue import load_catalogue

        load_catalogue()
        people = create_learners(max(arguments.sockets))
        for sockets in arguments.sockets:
            with baseline_server("handshake") as server:
                bare = asyncio.run(storm(server, [f"ws://127.0.0.1:{server.port}/"] * sockets, joins=False))
            with project_server() as server:
                ours = asyncio.run(storm(server, socket_urls(server, people, sockets), joins=True))
            show(sockets, bare, ours)


async def storm(server: Server, urls: list[str], *, joins: bool) -> Storm:
    await warm_up(server, urls)
    fleet = LoadClients(urls, origin=server.url, topic=TOPIC)
    fleet.joins_at_once = joins
    before_s = server.cpu_s()
    await fleet.connect()
    connected_s = fleet.last_frame_at_s = perf_counter()
    if joins:
        await fleet.until(lambda: fleet.joined >= len(urls))
        await fleet.quiet()
    cpu_s = server.cpu_s() - before_s
    await fleet.close()
    return Storm(cpu_s, fleet.frames, fleet.bytes / 1e6, fleet.last_frame_at_s - connected_s)


async def warm_up(server: Server, urls: list[str]) -> None:
    """Load code and open database connections with a few sockets; their presence has expired when the storm starts."""
    few = LoadClients(urls[:SOCKETS_A_PERSON], origin=server.url, topic=TOPIC)
    few.joins_at_once = True
    await few.connect()
    await asyncio.sleep(0.5)
    await few.close()
    await asyncio.sleep(8)


def show(sockets: int, bare: Storm, ours: Storm) -> None:
    print(f"\n{sockets} people connect and join one subject, one process under uvicorn")
    print(f"baseline: bare handshakes  {bare.cpu_s:6.2f} s CPU")
    print(
        f"connect, join, settle      {ours.cpu_s:6.2f} s CPU ({ours.cpu_s / bare.cpu_s:.2f} x baseline, "
        f"{ours.cpu_s - bare.cpu_s:.2f} s beyond it)   {ours.frames} frames   {ours.megabytes:.2f} MB   "
        f"settled {ours.settled_s:.2f} s after the last connect",
        flush=True,
    )


if __name__ == "__main__":
    main()
