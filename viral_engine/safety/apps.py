from django.apps import AppConfig


class SafetyConfig(AppConfig):
    name = "viral_engine.safety"
    label = "safety"
    verbose_name = "Trust and safety"
