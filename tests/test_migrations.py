import pytest
from django.core.management import call_command
from django.db import connection

OUR_APPS = [
    "api",
    "webhooks",
    "notifications",
    "monitoring",
    "loops",
    "leaderboards",
    "safety",
    "learning",
    "staff",
    "accounts",
    "kernel",
]


@pytest.mark.django_db(transaction=True)
def test_migrations_go_up_down_to_zero_and_up_again() -> None:
    """Down to nothing and back, on whichever database this run uses."""
    ours = {"loops_link", "learning_attempt", "accounts_user", "kernel_loggedevent"}
    assert ours <= set(connection.introspection.table_names())
    try:
        # Everything that points at our user goes first, then ours, from the top of the house to its floor.
        for app in ("admin", "account", "mfa", *OUR_APPS):
            call_command("migrate", app, "zero", verbosity=0)
        assert not ours & set(connection.introspection.table_names())
    finally:
        call_command("migrate", verbosity=0)
    assert ours <= set(connection.introspection.table_names())
