from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from viral_engine.kernel.encryption import EncryptedTextField

BATCH = 200
FACTOR_SECRETS = ("secret", "seed")  # of an app, and of recovery codes


def encrypted_columns() -> list[tuple[type[models.Model], str]]:
    """Every encrypted column of the site: (model, name)."""
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


@transaction.atomic
def rewrite_factor(pk: int) -> bool:
    """Encrypt the secrets of a second factor again; False when it was removed meanwhile.

    The row is locked, because a code that is redeemed at the same moment is written into the same column.
    """
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if factor is None:
        return False
    factor.data |= {name: encrypt(decrypt(factor.data[name])) for name in FACTOR_SECRETS if name in factor.data}
    factor.save(update_fields=["data"])
    return True


class Command(BaseCommand):
    help = (
        "Encrypt every encrypted column, and the secrets of second factors, with the first key. "
        "Safe to repeat and to interrupt."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        for model, column in encrypted_columns():
            count = self._rewrite(model, column)
            self.stdout.write(f"{model._meta.label}.{column}: {count} rows")
        factors = Authenticator.objects.values_list("pk", flat=True).iterator(chunk_size=BATCH)
        self.stdout.write(f"{Authenticator._meta.label}.data: {sum(rewrite_factor(pk) for pk in factors)} rows")

    def _rewrite(self, model: type[models.Model], column: str) -> int:
        """Write each row's text again, unless it was deleted or emptied meanwhile."""
        rows, count = model._default_manager.exclude(**{column: ""}), 0
        for pk, text in rows.values_list("pk", column).iterator(chunk_size=BATCH):
            count += rows.filter(pk=pk).update(**{column: text})
        return count
