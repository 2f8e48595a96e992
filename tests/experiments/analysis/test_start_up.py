"""Every process of the site starts without scipy: it is 30 MB and half a second, for one page that staff opens."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def loaded(statements: str) -> list[str]:
    script = f"{statements}\nimport sys\nprint([name for name in ('scipy', 'numpy') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in ("scipy", "numpy") if name in ran.stdout]


def test_the_site_starts_without_scipy() -> None:
    start = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "viral_engine.settings"
django.setup()
from django.contrib import admin
from django.urls import get_resolver
admin.autodiscover()
assert get_resolver().url_patterns
"""
    assert loaded(start) == []


def test_shapes_and_verdicts_are_light() -> None:
    light = ("samples", "proportions", "sequential", "power", "multiple_testing", "guardrail", "verdict")
    assert loaded("\n".join(f"import experiments.analysis.{name}" for name in light)) == []
    assert loaded("import experiments.analysis.bayes") == ["scipy", "numpy"]
