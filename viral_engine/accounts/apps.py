from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "viral_engine.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from allauth.account.signals import email_confirmed  # allauth's models load after the apps

        from viral_engine.accounts.services.mailboxes import announce_verified

        email_confirmed.connect(announce_verified, dispatch_uid="announce_verified")
