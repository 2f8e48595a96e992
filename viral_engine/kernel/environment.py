"""Environment variables, and secrets from files: `SECRET_KEY_FILE` names a file that holds `SECRET_KEY`."""

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping


class VariablesAndFiles(FileAwareMapping):
    """The environment, where the file of a variable comes first.

    Raises  ImproperlyConfigured for a file that cannot be read: a missing secret must not become its default.
    """

    def __getitem__(self, name: str) -> str:
        try:
            # Editors end a file with a line break that belongs to no secret.
            return str(super().__getitem__(name)).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as failure:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {type(failure).__name__}.") from None


class Environment(environ.Env):
    ENVIRON = VariablesAndFiles()
