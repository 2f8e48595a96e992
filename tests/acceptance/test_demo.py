"""`manage.py demo`: all six scenes on a running site, the facts that each prints, and nothing left of its people."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT, empty_database, running_site

PEOPLE_AND_COHORTS = """
from viral_engine.accounts.models import Cohort, Erasure, User
open_ones = Erasure.objects.filter(finished_at=None).count()
print(User.objects.exclude(email=None).count(), Cohort.objects.count(), open_ones, Erasure.objects.count())
"""


def demo(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", "demo", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=180, check=False
    )


def test_six_scenes_report_what_the_site_wrote_and_leave_nobody(seeded_database: str, tmp_path: Path) -> None:
    with empty_database(tmp_path, "demo", seeded_database) as database, running_site(database) as site:
        before = site.ask(PEOPLE_AND_COHORTS).split()
        written = tmp_path / "facts.json"
        done = demo("--fast", "--url", site.url, "--json", str(written), **site.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        after = site.ask(PEOPLE_AND_COHORTS).split()
    facts = json.loads(written.read_text())
    of_scene = {number: {one["label"]: one["text"] for one in facts if one["scene"] == number} for number in range(7)}
    rewards = [(one["scene"], one["text"].split(" (")[0]) for one in facts if one["label"] == "Reward"]
    assert rewards == [
        (1, "1 streak shield to Ada"),
        (1, "1 streak shield to Bo"),
        (2, "50 XP for inviting to Dee"),
        (3, "1 class pass to Hal"),
        (3, "30 AI-tutor minutes to Grace"),
        (4, "50 XP for inviting to Toni"),
    ]
    loops = ["buddy_challenge", "results_rally", "proud_parent", "tutor_spotlight"]
    for number, loop in enumerate(loops, start=1):
        assert of_scene[number]["Decision"].startswith(f"{loop} in "), of_scene[number]
        assert "fvm_reached" in of_scene[number]["First value"]
        assert "generation 1" in of_scene[number]["Attributed"]
    assert "You are number 5 of 6." in of_scene[2]["Live board"]
    assert of_scene[2]["Board page"] == "Dee's page says number 5 of 6"
    assert "held: the first session" in of_scene[4]["Reward"]
    assert re.search(r"new_message reached 3 screens after \d+ to \d+ ms", of_scene[5]["Chat"])
    assert of_scene[5]["Left"] == "Quinn closed the page; members online: 4"
    assert "Noor practiced, without the score: activity " in of_scene[5]["Feed"]
    actions = [one["text"] for one in facts if one["label"] == "Action"]
    assert len(actions) == 6
    assert all(": ready, from " in action for action in actions)
    assert of_scene[0]["K"].startswith("1.00, ")
    assert of_scene[0]["Against 1.20"].startswith("not yet: ")
    assert all(one["text"].split(" (")[0] in done.stdout for one in facts if one["label"] == "Reward")
    assert after[:3] == before[:3]
    assert int(after[3]) == 22  # the accounts of the run


@pytest.mark.parametrize("url", ["http://example.com", "https://10.0.0.1"])
def test_the_demo_never_plays_on_another_machine(url: str) -> None:
    done = demo("--url", url)
    assert done.returncode == 1
    assert "--url must be on this machine" in done.stderr
