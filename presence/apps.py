from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PresenceConfig(AppConfig):
    name = "presence"

    def ready(self) -> None:
        # Each import registers topics. They read models, which are loaded only now.
        from presence.live_pages import learners  # noqa: F401
        from presence.rooms import site, subject, user  # noqa: F401

        autodiscover_modules("rooms")  # of the other apps
