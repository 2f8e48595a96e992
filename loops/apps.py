from django.apps import AppConfig


class LoopsConfig(AppConfig):
    name = "loops"
    verbose_name = "Growth loops"

    def ready(self) -> None:
        from loops.core.registry import register
        from loops.installed import parts  # models are loaded by now

        for module in parts("loop"):
            register(module.LOOP)
