"""Apart from apps.py: Django loads this before any model."""

from django.contrib.admin.apps import AdminConfig


class GuardedAdminConfig(AdminConfig):
    default_site = "viral_engine.staff.admin_site.GuardedAdminSite"
