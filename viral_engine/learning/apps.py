from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "viral_engine.learning"
    label = "learning"
    verbose_name = "Learning"
