from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PresenceConfig(AppConfig):
    name = "presence"

    def ready(self) -> None:
        autodiscover_modules("rooms")  # every app registers the topics it answers for
