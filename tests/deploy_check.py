"""Run Django's deployment check in a fit production environment; a warning fails."""

import os
import subprocess
import sys

from tests.production import FIT, ROOT


def main() -> int:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=os.environ | FIT, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
