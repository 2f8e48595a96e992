from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "viral_engine.kernel"
    label = "kernel"
    verbose_name = "Event and decision log"
