"""allauth's forms with our labels, one spelling per name and mailbox, and passwords of a bounded length."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest

from viral_engine.accounts.family_forms import OwnPasswordForm
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import is_child
from viral_engine.accounts.services.mailboxes import owner_of
from viral_engine.kernel import clock
from viral_engine.kernel.text.characters import tidy_name
from viral_engine.kernel.text.fields import MailboxField
from viral_engine.kernel.text.mailboxes import same_mailbox
from viral_engine.kernel.text.validators import MAX_PASSWORD

MAX_LOGIN = 254  # characters of the longest e-mail address


def bound_passwords(form: forms.Form) -> None:
    for field in form.fields.values():
        if isinstance(field.widget, forms.PasswordInput):
            field.validators.append(MaxLengthValidator(MAX_PASSWORD))


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail"
        self.fields["login"].validators.append(MaxLengthValidator(MAX_LOGIN))
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
        bound_passwords(self)

    def clean_login(self) -> str:
        """The stored spelling, so that every spelling finds the account, and all count toward one limit of tries."""
        text = tidy_name(self.cleaned_data["login"])
        stored = User.objects.named(text).values_list("username", flat=True).first()
        return stored or (same_mailbox(text) if "@" in text else text)


class AddEmailForm(OwnPasswordForm, allauth_forms.AddEmailForm):
    """Change the mailbox, with the password: the computer may be unlocked. The old mailbox gets a note.

    Refuses e-mail addresses of children under 13: COPPA treats them as contact information.
    """

    email = MailboxField(label="New e-mail")
    field_order = ["email", "own_password"]

    @property
    def is_closed(self) -> bool:
        person: User = self.user
        return is_child(person, clock.now())

    def clean_email(self) -> str:
        if self.is_closed:
            raise forms.ValidationError("This account has no e-mail. We write to your parent instead.")
        if not self.user.has_usable_password():
            raise forms.ValidationError("Choose a password in your settings first.")
        email: str = super().clean_email()
        return email

    def save(self, request: HttpRequest) -> EmailAddress:
        """Claim the new address; it replaces the old one once it is confirmed."""
        adapter = get_adapter()
        old = EmailAddress.objects.get_verified(self.user)
        if old is not None:
            new = {"new_email": self.cleaned_data["email"]}
            adapter.send_notification_mail("account/email/email_change_asked", self.user, new, email=old.email)
        address: EmailAddress = super().save(request)
        return address


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    email = MailboxField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def clean_email(self) -> str:
        """Reset the account that mail to this address may open, and no account that only added the address."""
        email: str = super().clean_email()
        owner = owner_of(email)
        self.users = [owner] if owner is not None else []
        return email


class RequestLoginCodeForm(allauth_forms.RequestLoginCodeForm):
    email = MailboxField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def clean_email(self) -> str:
        """As `ResetPasswordForm.clean_email`."""
        email: str = super().clean_email()
        self._user = owner_of(email)
        return email


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_passwords(self)


class SetPasswordForm(allauth_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_passwords(self)


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_passwords(self)


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_passwords(self)
