"""Run Locust headless in a process of its own, and follow its progress line by line."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from monitoring.loadtest.plan import LoadPlan, Person
from monitoring.loadtest.processes import MachineTime, ProcessUsage, machine_time, usages
from monitoring.loadtest.servers import CannotStart, Servers

GENERATOR = "load generator"
MEASURE, SETTLE = "measure", "settle"
SKILLS = ("algebra", "geometry", "fractions")
THINK_S = (0.3, 1.5)
SHORT_THINK_S = (0.05, 0.2)  # a short run has no time for slow thinkers
SHORT_RUN_S = 30
Watch = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class ResourceUse:
    """ProcessUsage of every process at the start and at the end of the measurement, and samples between them."""

    start: dict[str, ProcessUsage] = field(default_factory=dict)
    end: dict[str, ProcessUsage] = field(default_factory=dict)
    samples: list[tuple[float, dict[str, ProcessUsage], float]] = field(
        default_factory=list
    )  # at_s, usage, machine share
    machine_start: MachineTime | None = None
    machine_end: MachineTime | None = None


@dataclass(slots=True)
class GeneratorRun:
    """The figures of the generator's own file, and the usage of the processes meanwhile."""

    figures: dict[str, Any]
    use: ResourceUse


def require_locust() -> None:
    """Raises  CannotStart without Locust, which only development installs."""
    if find_spec("locust") is None:
        raise CannotStart("Locust is not installed. It is a development package: run `make setup`.")


def generate_load(
    plan: LoadPlan, people: list[Person], servers: Servers, *, database: str, watch: Watch
) -> GeneratorRun:
    """Run the generator to its end; `watch` gets each line of progress.

    Raises  CannotStart when Locust ends without figures.
    """
    result, described = plan.folder / "generator.json", plan.folder / "plan.json"
    result.unlink(missing_ok=True)
    described.touch(mode=0o600)
    described.write_text(json.dumps(_description(plan, people, servers, str(result))))
    command = [sys.executable, "-m", "locust", "-f", "tests/load/locustfile.py", "--headless", "--only-summary"]
    command += ["--loglevel", "ERROR", "--stop-timeout", "0"]
    log = plan.folder / "locust.log"
    try:
        with (
            log.open("wb") as errors,
            subprocess.Popen(  # noqa: S603  (our own program, our own arguments)
                command,
                cwd=settings.BASE_DIR,
                env={**os.environ, "LOADTEST_PLAN": str(described)},
                stdout=subprocess.PIPE,
                stderr=errors,
            ) as process,
        ):
            use = _follow(process, plan, {**servers.pids, GENERATOR: process.pid}, database, watch)
    finally:
        described.unlink()  # it holds sessions
    if not result.exists():
        raise CannotStart(f"Locust ended without a result; see {log}.")
    return GeneratorRun(json.loads(result.read_text()), use)


def _description(plan: LoadPlan, people: list[Person], servers: Servers, result: str) -> dict[str, Any]:
    """The plan as the locustfile reads it."""
    return {
        "users": plan.users,
        "duration_s": plan.duration_s,
        "warm_up_users": plan.warm_up_users,
        "warm_up_s": plan.warm_up_s,
        "arrivals_per_s": plan.arrivals_per_s,
        "events_per_s": plan.events_per_s,
        "think_s": SHORT_THINK_S if plan.duration_s < SHORT_RUN_S else THINK_S,
        "urls": servers.urls,
        "skills": SKILLS,
        "people": people,
        "result": result,
    }


def _follow(
    process: "subprocess.Popen[bytes]", plan: LoadPlan, pids: dict[str, int], database: str, watch: Watch
) -> ResourceUse:
    """Read the generator's lines and sample the processes at each; a run that takes too long is stopped."""
    use, last = ResourceUse(), machine_time()
    overdue = threading.Timer(plan.max_run_s, process.send_signal, [signal.SIGTERM])
    overdue.start()
    try:
        assert process.stdout is not None  # noqa: S101  (a pipe, as asked for above)
        for line in process.stdout:
            if not line.startswith(b"{"):
                continue
            facts = json.loads(line)
            found, machine = usages(pids, database=database), machine_time()
            if facts["phase"] == MEASURE and not use.start:
                use.start, use.machine_start = found, machine
            elif facts["phase"] == SETTLE and not use.end:
                use.end, use.machine_end = found, machine
            if "at_s" in facts:
                use.samples.append((facts["at_s"], found, machine.share_since(last)))
                last = machine
                watch(facts)
    finally:
        overdue.cancel()
        if process.poll() is None:
            process.terminate()
    return use
