from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "viral_engine.api"
    label = "api"
    verbose_name = "HTTP API"
