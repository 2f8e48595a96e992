from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "viral_engine.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from viral_engine.accounts import signals  # noqa: F401  (connects its receivers)
