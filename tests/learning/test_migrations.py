"""Rounds of the release before get their subject, and rounds it cannot know leave before it comes back."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps

pytestmark = pytest.mark.django_db(transaction=True)


def migrated(name: str) -> StateApps:
    target = [("learning", name)]
    MigrationExecutor(connection).migrate(target)
    apps: StateApps = MigrationExecutor(connection).loader.project_state(target).apps
    return apps


def test_old_rounds_get_their_subject_and_new_ones_do_not_come_back(at: datetime) -> None:
    try:
        old = migrated("0001_initial")
        math = old.get_model("learning", "Subject").objects.create(slug="math", name="Math")
        algebra = old.get_model("learning", "Skill").objects.create(subject=math, slug="algebra", name="Algebra")
        guest = old.get_model("accounts", "Guest").objects.create(created_at=at)
        row = {"guest_id": guest.pk, "started_at": at, "finished_at": at}
        played = old.get_model("learning", "Attempt").objects.create(skill=algebra, **row)
        facts = {"score": 80, "correct": 4, "total": 5, "duration_s": 60, "finished_at": at}
        old.get_model("learning", "Result").objects.create(attempt=played, skill=algebra, **facts)

        new = migrated("0004_require_subjects")
        attempts, results = (new.get_model("learning", name).objects for name in ("Attempt", "Result"))
        assert attempts.get().subject_id == results.get().subject_id == math.pk
        tested = attempts.create(id=uuid4(), kind="diagnostic", subject_id=math.pk, **row)
        results.create(attempt=tested, subject_id=math.pk, **facts)

        again = migrated("0001_initial")
        assert again.get_model("learning", "Attempt").objects.get().pk == played.pk
        assert again.get_model("learning", "Result").objects.get().skill_id == algebra.pk
    finally:
        call_command("migrate", verbosity=0)
