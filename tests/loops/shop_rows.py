"""Restore the rows that the migration creates and that flushing the test database removed."""

from importlib import import_module

from django.apps import apps


def stock() -> None:
    import_module("loops.migrations._default_rows").add_default_rows(apps, None)
