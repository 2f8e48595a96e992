from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "viral_engine.notifications"
    label = "notifications"
