from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "viral_engine.staff"
    label = "staff"
    verbose_name = "Staff"
