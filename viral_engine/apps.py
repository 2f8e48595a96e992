from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The whole site as one app: its commands, and the wiring of the others once all are loaded."""

    name = "viral_engine"
    label = "site"

    def ready(self) -> None:
        from viral_engine import wiring  # imports models of every app, which must be loaded first

        wiring.connect()
