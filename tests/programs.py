"""Programs of the system that some tests need. CI installs them (.ci/run), and fails where one is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI") == "true"


def program(name: str) -> str:
    """The path of a program; the test is skipped where it is missing, and fails in CI."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        message = f"needs {name}: .ci/run says how to install it"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    return found


def run(
    name: str, *arguments: str, cwd: Path, text: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    command, variables = [program(name), *arguments], os.environ | environment
    return subprocess.run(command, cwd=cwd, env=variables, input=text, capture_output=True, text=True, check=False)
