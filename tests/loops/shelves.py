"""Shop items and reward terms as in the migration; a flushed test database lacks them."""

from importlib import import_module
from pathlib import Path

from django.apps import apps


def stock() -> None:
    folder = Path(import_module("loops.migrations").__path__[0])
    (name,) = (path.stem for path in folder.glob("*_economy_rows.py"))
    import_module(f"loops.migrations.{name}").add_rows(apps, None)
