from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "viral_engine.accounts"
    label = "accounts"
    verbose_name = "People"
