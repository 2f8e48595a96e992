from django.apps import AppConfig
from django.urls import register_converter

from viral_engine.kernel.converters import IdConverter, TopicSlugConverter


class KernelConfig(AppConfig):
    name = "viral_engine.kernel"
    label = "kernel"
    verbose_name = "Event and decision log"

    def ready(self) -> None:
        register_converter(IdConverter, "id")
        register_converter(TopicSlugConverter, "topic_slug")
