from django.apps import AppConfig
from django.db import connections
from django.db.models import signals


class AccountsConfig(AppConfig):
    name = "viral_engine.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from viral_engine.accounts import signals as _  # noqa: F401  (connects its receivers)

        signals.pre_migrate.connect(_remove_on_sqlite, sender=self)
        signals.post_migrate.connect(_install, sender=self)


def _remove_on_sqlite(*, using: str, **_: object) -> None:
    """SQLite refuses to rename a table while a trigger names one that is being rebuilt."""
    from viral_engine.accounts.models import rights_triggers

    if connections[using].vendor == "sqlite":
        rights_triggers.remove(using)


def _install(*, using: str, **_: object) -> None:
    from viral_engine.accounts.models import rights_triggers

    rights_triggers.install(using)
