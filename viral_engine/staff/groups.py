"""Grant permissions to ready-made groups from migrations, on databases old and new."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.management import create_permissions


def grant(apps: Any, group: str, permissions: Iterable[str]) -> None:
    """Give a group these permissions ("app.codename"), with the group if it is new; repeating it changes nothing.

    On a fresh database permissions appear only after the last migration: those of the migrated models are made first.

    Raises  Permission.DoesNotExist for a permission that no migrated model has.
    """
    wanted = [name.split(".") for name in permissions]
    for label in {app_label for app_label, _ in wanted}:
        app = apps.get_app_config(label)
        app.models_module = True  # the stand-in of a migration has none, and would be skipped
        create_permissions(app, apps=apps, verbosity=0)
    found, _ = apps.get_model("auth", "Group").objects.get_or_create(name=group)
    permission = apps.get_model("auth", "Permission").objects
    for app_label, codename in wanted:
        found.permissions.add(permission.get(content_type__app_label=app_label, codename=codename))
