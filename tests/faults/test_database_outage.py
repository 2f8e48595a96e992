"""PostgreSQL stops, comes back, restarts and locks under a running site, on a server of the test's own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest

from tests.concurrency import within
from tests.faults.postgres import SMALL_POOL, Cluster, Learner, learner_on, learners_on

pytestmark = pytest.mark.services


def test_pages_answer_503_while_the_database_is_down_and_return_with_it(cluster: Cluster) -> None:
    with learner_on(cluster) as ada:
        assert ada.status("/leaderboards/mine/") in {200, 302}
        cluster.stop()
        assert within(20, lambda: ada.status("/friends/") == 503)
        answers = [ada.get(path) for path in ("/", "/practice/", "/accounts/login/", "/no-such-page/")]
        assert {status for status, _ in answers} == {503}
        assert {headers["retry-after"] for _, headers in answers} == {"5"}
        assert ada.status("/api/health/live") == 200
        assert ada.status("/api/ready") == 503
        cluster.start()
        assert within(5, lambda: ada.status("/friends/") == 200)
        assert ada.statuses("/friends/", times=24) == {200}


def test_an_idle_site_survives_a_restart_of_the_database(cluster: Cluster) -> None:
    with learner_on(cluster) as ada:
        assert ada.statuses("/friends/", times=24) == {200}
        cluster.stop()
        cluster.start()
        assert within(5, lambda: ada.status("/friends/") == 200)
        assert ada.statuses("/friends/", times=24) == {200}


def test_error_pages_keep_no_connection(cluster: Cluster) -> None:
    with learner_on(cluster) as ada:
        assert ada.statuses("/no-such-page/", times=60) == {404}
        cluster.stop()
        cluster.start()
        assert within(5, lambda: ada.status("/no-such-page/") == 404)
        assert ada.statuses("/no-such-page/", times=24) == {404}
        assert ada.status("/friends/") == 200


NAMES = ["maple", "birch", "cedar", "aspen", "hazel", "rowan", "alder", "olive", "linden", "willow", "poplar", "laurel"]
WORDS = ["fractions", "angles", "primes", "ratios", "graphs"]
BEFORE = 2  # lines of each learner before the restart; the others meet it


def write_lines(
    learner: Learner, name: str, keys: list[str], is_restarting: threading.Event, refused: threading.Event
) -> None:
    """Send a learner's lines one after the other, each again with its key until it is acknowledged."""
    for number, (word, key) in enumerate(zip(WORDS, keys, strict=True)):
        if number == BEFORE:
            assert is_restarting.wait(60)
        line = {"text": f"{name} likes {word}", "key": key}
        for _ in range(100):
            status, text = learner.post("/cohorts/1/messages/", line)
            if status == 200 and "sending too fast" not in text:
                break
            if status == 503:
                refused.set()
            threading.Event().wait(0.2)
        else:
            raise AssertionError(f"{line} was never acknowledged: {status}")


def test_a_restart_under_load_keeps_what_was_acknowledged_and_doubles_nothing(cluster: Cluster) -> None:
    """Every line of the chat is in the table once, with a number of its own and no gap."""
    keys = {name: [str(uuid4()) for _ in WORDS] for name in NAMES}
    is_restarting, refused = threading.Event(), threading.Event()
    with learners_on(cluster, NAMES) as learners, ThreadPoolExecutor(len(NAMES)) as pool:
        writers = [
            pool.submit(write_lines, learner, name, keys[name], is_restarting, refused)
            for learner, name in zip(learners, NAMES, strict=True)
        ]
        assert within(60, lambda: len(lines_of(cluster)) == BEFORE * len(NAMES))
        is_restarting.set()
        cluster.stop()
        assert refused.wait(60)  # a line met the restart
        cluster.start()
        assert within(10, lambda: learners[0].status("/friends/") == 200)
        for writer in writers:
            writer.result()
    lines = lines_of(cluster)
    assert sorted(key for key, _ in lines) == sorted(key for own in keys.values() for key in own)
    assert sorted(seq for _, seq in lines) == list(range(1, len(lines) + 1))


def lines_of(cluster: Cluster) -> list[tuple[str, int]]:
    with psycopg.connect(cluster.url) as own:
        return [(str(key), seq) for key, seq in own.execute("SELECT key, seq FROM feeds_message")]


def test_a_locked_table_ends_requests_in_time_and_costs_no_second_pool(cluster: Cluster) -> None:
    """The pool is full while the database answers: nothing is dropped, and other pages go on."""
    with learner_on(cluster) as ada, psycopg.connect(cluster.url) as own:
        assert ada.status("/friends/") == 200
        own.execute("LOCK TABLE accounts_friendship IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as pool:
            few = pool.submit(ada.statuses, "/friends/", times=SMALL_POOL - 2)
            assert ada.status("/settings/") == 200
            assert few.result(timeout=20) <= {500, 503}
        assert ada.statuses("/friends/", times=4 * SMALL_POOL) <= {500, 503}
        own.rollback()
        assert within(5, lambda: ada.status("/friends/") == 200)
        assert ada.statuses("/friends/", times=4 * SMALL_POOL) == {200}
        [[open_now]] = own.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    assert open_now <= SMALL_POOL
