from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models

from viral_engine.kernel.encryption import EncryptedTextField

BATCH = 200


def encrypted_columns() -> list[tuple[type[models.Model], str]]:
    """Every encrypted column of the site: (model, name)."""
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


class Command(BaseCommand):
    help = (
        "Encrypt every encrypted column with the first key of FIELD_ENCRYPTION_KEYS. Safe to repeat and to interrupt."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        for model, column in encrypted_columns():
            count = self._rewrite(model, column)
            self.stdout.write(f"{model._meta.label}.{column}: {count} rows")

    def _rewrite(self, model: type[models.Model], column: str) -> int:
        """Write each row's text again, unless it was deleted or emptied meanwhile."""
        rows, count = model._default_manager.exclude(**{column: ""}), 0
        for pk, text in rows.values_list("pk", column).iterator(chunk_size=BATCH):
            count += rows.filter(pk=pk).update(**{column: text})
        return count
