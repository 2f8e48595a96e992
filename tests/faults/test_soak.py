"""The short form of `make soak`: every fault once."""

import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = [pytest.mark.services, pytest.mark.soak]


def test_every_fault_once_loses_no_line() -> None:
    command = [sys.executable, "-m", "tests.faults.soak", "--minutes", "0.5", "--sockets", "60"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert (done.returncode, "0 of them missing" in done.stdout) == (0, True)
