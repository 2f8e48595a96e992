from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The site as one app: its commands, and the wiring and the policies of all other apps once they are loaded."""

    name = "viral_engine"
    label = "site"

    def ready(self) -> None:
        from viral_engine import wiring  # imports the models of every app, which must be loaded first
        from viral_engine.kernel.privacy.policies import collect_policies

        wiring.connect()
        collect_policies()
