"""Fill a seeded database, and take every app's migrations back and forth.

As a program, with DATABASE_URL of a migrated and seeded database: prints a line a step, and fails at the first error.
A migration may declare itself irreversible; any other error on the way back is a fault.
"""

import os
from datetime import timedelta

import django
from django.db import connection
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor

APPS = ("monitoring", "loops", "experiments", "leaderboards", "feeds", "safety", "learning", "accounts", "kernel")


def fill() -> None:
    """Add what a seed lacks: a challenge that pays points, and a session with its actions, links and reminder."""
    from allauth.account.models import EmailAddress

    from loops.buddy_challenge.models import Challenge
    from loops.session_intelligence.services.pipeline import process_sessions
    from tests.factories import person, practice
    from tests.loops.session_intelligence.sessions import logged_session
    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now
    from viral_engine.learning.models import Skill

    EmailAddress.objects.all().delete()
    for user in User.objects.all():  # the people of tests have the names of the seed's
        user.username, user.email = f"seeded-{user.pk}", None
        user.save(update_fields=["username", "username_key", "email"])
    algebra = Skill.objects.select_related("subject").get(slug="algebra")
    practice(person("Nell", at=now() - timedelta(days=2)), algebra, at=now())
    assert Challenge.objects.update(shields=0, points=100)
    logged_session(now(), algebra.subject)
    process_sessions(at=now())


def back_and_forth(app: str) -> None:
    newest = list(MigrationExecutor(connection).loader.graph.leaf_nodes())
    first = min(name for one, name in MigrationExecutor(connection).loader.disk_migrations if one == app)
    try:
        MigrationExecutor(connection).migrate([(app, first)])
        print(f"{app} is back at {first}", flush=True)
    except IrreversibleError as declared:
        print(f"{app} is irreversible: {declared}", flush=True)
    MigrationExecutor(connection).migrate(newest)
    print(f"{app} is up again", flush=True)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
    django.setup()
    fill()
    for app in APPS:
        back_and_forth(app)


if __name__ == "__main__":
    main()
