"""The page's own script, run in node as it is served."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SCRIPT = HERE.parent.parent / "viral_engine/static/site/socket.js"
ME = "user:1"

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="needs node on the path")


def played(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    """The actions of the page: {"at": ms, "sent": frame} and {"at": ms, "toast": text}."""
    command = ["node", str(HERE / "socket_js.mjs"), str(SCRIPT)]
    run = subprocess.run(command, input=json.dumps(steps), capture_output=True, text=True, check=False, timeout=30)
    assert run.returncode == 0, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def says(event: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"frame": [None, None, ME, event, payload]}


def answers(status: str, **response: Any) -> dict[str, Any]:
    return {"frame": [ME, ME, ME, "phx_reply", {"status": status, "response": response}]}


def joins(done: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    return [(one["at"], one["sent"][4]) for one in done if "sent" in one and one["sent"][3] == "phx_join"]


def toasts(done: list[dict[str, Any]]) -> list[str]:
    return [one["toast"] for one in done if "toast" in one]


def test_after_a_resync_numbers_that_began_anew_are_heard() -> None:
    done = played(
        answers("ok", epoch="a", seq=7),
        says("reward_granted", {"text": "old", "seq": 8}),
        says("reward_granted", {"text": "old", "seq": 8}),  # twice, as a broadcast and as something missed
        says("resync", {}),
        says("reward_granted", {"text": "new", "seq": 1}),
        {"wait": 2000},
        answers("ok", epoch="b", seq=1),
        says("reward_granted", {"text": "newer", "seq": 2}),
    )
    assert toasts(done) == ["old", "new", "newer"]
    assert joins(done) == [(0, {}), (1000, {})]  # half of the spread, without the place of the old numbers


def test_a_crash_and_a_refusal_are_answered_with_growing_pauses() -> None:
    crash = says("phx_error", {"reason": "channel_crash"})
    done = played(
        crash, {"wait": 1000}, answers("error", reason="x"), {"wait": 2000}, crash, {"wait": 5000},
        crash, {"wait": 10_000}, crash, {"wait": 10_000},
        answers("ok", epoch="a", seq=1), crash, {"wait": 1000},
    )  # fmt: skip
    assert [at for at, _ in joins(done)] == [0, 1000, 3000, 8000, 18_000, 28_000, 29_000]


def test_a_rejoin_that_waits_dies_with_its_connection() -> None:
    done = played(says("phx_error", {}), {"drop": True}, {"wait": 5000})
    assert [at for at, _ in joins(done)] == [0, 300]


def test_a_page_says_that_it_may_be_late_and_loads_its_parts_meanwhile() -> None:
    late = {"frame": [None, None, "phoenix", "updates", {"delayed": True}]}
    in_time = {"frame": [None, None, "phoenix", "updates", {"delayed": False}]}
    done = played(answers("ok", epoch="a", seq=1), late, {"wait": 11_000}, in_time, {"wait": 6000})
    assert [(one["at"], one["delayed"]) for one in done if "delayed" in one] == [(0, True), (11_000, False)]
    assert [one["at"] for one in done if "reloads" in one] == [5000, 10_000]


def test_a_topic_that_is_joined_again_after_a_loss_loads_the_parts_of_the_page() -> None:
    done = played(answers("ok", epoch="a", seq=1), says("resync", {}), {"wait": 1000}, answers("ok", epoch="b", seq=1))
    assert [(one["at"], one["reloads"]) for one in done if "reloads" in one] == [(1000, "live:friends_changed")]


def test_a_gap_in_the_numbers_is_asked_for_once_and_filled_in_order() -> None:
    missed = [{"event": "reward_granted", "payload": {"text": f"number {n}", "seq": n}} for n in (2, 3, 5)]
    reply = {"recovered": True, "events": missed, "epoch": "a", "seq": 5}  # 4 is hidden from this person
    done = played(
        answers("ok", epoch="a", seq=1),
        says("reward_granted", {"text": "number 3", "seq": 3}),
        says("reward_granted", {"text": "number 5", "seq": 5}),
        {"frame": [ME, "missed", ME, "phx_reply", {"status": "ok", "response": reply}]},
        says("skipped", {"seq": 6}),
        says("reward_granted", {"text": "number 7", "seq": 7}),
    )
    assert [one["sent"][3:] for one in done if "sent" in one][1:] == [["missed", {"epoch": "a", "seq": 1}]]
    assert toasts(done) == ["number 2", "number 3", "number 5", "number 7"]


def test_a_gap_that_cannot_be_filled_is_a_new_join() -> None:
    reply = {"recovered": False, "snapshot": {}, "epoch": "a", "seq": 9}
    done = played(
        answers("ok", epoch="a", seq=1),
        says("reward_granted", {"text": "number 9", "seq": 9}),
        {"frame": [ME, "missed", ME, "phx_reply", {"status": "ok", "response": reply}]},
        {"wait": 1000},
    )
    assert joins(done) == [(0, {}), (1000, {})]
