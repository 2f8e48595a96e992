import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from viral_engine.accounts.models import Role, User


class Command(BaseCommand):
    help = "Create a superuser. The password is asked for, or is the first line of standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")

    def handle(self, *_: Any, username: str, email: str, **__: Any) -> None:
        password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        admin = User(username=username, email=email, role=Role.ADMIN, is_staff=True, is_superuser=True)
        try:
            admin.set_password(password)
            admin.clean_fields()
            validate_password(password, admin)
            with transaction.atomic():
                admin.save(force_insert=True)
                EmailAddress.objects.create(user=admin, email=email, primary=True, verified=True)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        except IntegrityError:
            raise CommandError(f"There is an account with the name {username} or the mailbox {email}.") from None
        self.stdout.write(f"Created {username}. The first log-in, at /accounts/login/, asks for an authenticator app.")
