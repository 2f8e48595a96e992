from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "viral_engine.webhooks"
    label = "webhooks"
