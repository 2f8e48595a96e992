"""Measure the memory of an idle socket that has joined one subject.

    python -m benchmarks.idle [--sockets 5000 19000]

Baseline: as many sockets of an ASGI application that accepts and does nothing, under the same server. The number
of sockets is limited by the file descriptors of a process (`ulimit -n`).
"""

import argparse
import asyncio
import resource

from benchmarks.clients import SOCKETS_A_PERSON, TOPIC, baseline_server, create_learners, project_server, socket_urls
from benchmarks.harness import own_database
from benchmarks.load_clients import LoadClients
from tests.servers import Server, redis_server

SPARE = 200  # file descriptors for everything else


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, nargs="+", default=[5000, 19_000])
    arguments = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE
    with redis_server() as (url, _), own_database("bench_idle", redis_url=url):
        from viral_engine.learning.services.catalogue import load_catalogue

        load_catalogue()
        people = create_learners(max(arguments.sockets) // SOCKETS_A_PERSON)
        for wanted in arguments.sockets:
            sockets = min(wanted, most)
            with baseline_server("handshake") as server:
                bare = asyncio.run(kib_a_socket(server, [f"ws://127.0.0.1:{server.port}/"] * sockets, joins=False))
            with project_server() as server:
                ours = asyncio.run(kib_a_socket(server, socket_urls(server, people, sockets), joins=True))
            print(f"\n{sockets} idle sockets on one process under uvicorn")
            print(f"baseline: accepted        {bare:5.1f} KiB per socket")
            print(f"joined to a subject       {ours:5.1f} KiB per socket   {ours / bare:.2f} x baseline", flush=True)


async def kib_a_socket(server: Server, urls: list[str], *, joins: bool) -> float:
    few = LoadClients(urls[:SOCKETS_A_PERSON], origin=server.url, topic=TOPIC)
    few.joins_at_once = joins
    await few.connect()
    await asyncio.sleep(1)
    before = server.rss_kib()
    fleet = LoadClients(urls[SOCKETS_A_PERSON:], origin=server.url, topic=TOPIC)
    fleet.joins_at_once = joins
    await fleet.connect()
    if joins:
        await fleet.until(lambda: fleet.joined >= len(fleet.clients), 120)
        await fleet.quiet()
    await asyncio.sleep(2)
    grown = server.rss_kib() - before
    await fleet.close()
    await few.close()
    return grown / len(fleet.clients)


if __name__ == "__main__":
    main()
