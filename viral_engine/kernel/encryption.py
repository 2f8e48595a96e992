"""Text that the database stores encrypted: transcripts, and whatever else a stolen backup must not show.

Fernet of the `cryptography` library. The first key of FIELD_ENCRYPTION_KEYS encrypts, every
key decrypts: a new key goes in front, `manage.py rotate_field_keys` writes the rows again, and the old key can go.
"""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.models import Lookup, Transform

MARK = "enc1:"  # of an encrypted value; rows from before the first key have none until they are written again


class DecryptionFailed(Exception):
    """No key in FIELD_ENCRYPTION_KEYS fits a stored value, or the value was tampered with."""


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS holds a value that is not a Fernet key.") from error


def fernet() -> MultiFernet:
    """The cipher of the keys in the settings."""
    return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS))


def encrypt(text: str) -> str:
    return MARK + fernet().encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Raises  DecryptionFailed."""
    if not stored.startswith(MARK):
        return stored
    try:
        return fernet().decrypt(stored.removeprefix(MARK).encode()).decode()
    except InvalidToken as error:
        raise DecryptionFailed from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text column whose content only this application reads. The empty text stays empty, so that rows can be found.

    Of lookups it knows the empty text and null alone: equal texts are stored differently.
    """

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return encrypt(prepared) if prepared else prepared

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        if lookup_name not in {"exact", "isnull"}:
            raise FieldError(f"An encrypted column cannot be searched with {lookup_name}.")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> type[Transform] | None:
        raise FieldError(f"An encrypted column has no {lookup_name}.")
