"""An environment that production starts with, and processes that start with another one."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIT = {
    "PRODUCTION": "true",
    "SECRET_KEY": "q8$kd0-zmx92lfjw7!ha5cpeo1v+bn36tgyrsui4@%d0s7f6g8h1j2k3",
    "ALLOWED_HOSTS": "tutoring.example",
    "FIELD_ENCRYPTION_KEYS": "c3VjaC1hLWtleS1pcy0zMi1ieXRlcy1sb25nLS0tMDE=",
    "SITE_URL": "https://tutoring.example",
}


def start(code: str = "import viral_engine.settings", **environment: str) -> subprocess.CompletedProcess[str]:
    names = {
        "PRODUCTION",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "DEBUG",
        "FIELD_ENCRYPTION_KEYS",
        "FEATURE_SIMULATED_PEERS",
        "STAFF_MFA_REQUIRED",
        "ADMIN_ALLOWED_NETWORKS",
    }
    base = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=base | environment, capture_output=True, text=True, check=False)
