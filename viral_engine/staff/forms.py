"""The second factor's forms, and the form that asks why staff look at a child's record."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.internal.flows.add import validate_can_add_authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal import auth as totp
from django import forms
from django.core.exceptions import ValidationError

from viral_engine.accounts.models import User
from viral_engine.staff import second_factor

MAX_CODE = 32  # characters; a recovery code has eight digits
MIN_REASON, MAX_REASON = 10, 200
TOO_MANY = "Too many codes. Wait five minutes, then try again."


def code_field(help_text: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True})
    return forms.CharField(label="Code", max_length=MAX_CODE, widget=widget, help_text=help_text)


class _RedeemedCode(forms.Form):
    """Accept a code once, a few tries in five minutes."""

    code = code_field("Six digits from your app, or one of your recovery codes.")
    user: User

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not second_factor.may_try_code(self.user):
            raise ValidationError(TOO_MANY)
        factor = second_factor.redeem_code(self.user, code)
        if factor is None:
            raise get_adapter().validation_error("incorrect_code")
        second_factor.forget_tries(self.user)
        self.authenticator = factor
        return code


class LoginCodeForm(_RedeemedCode, base_forms.AuthenticateForm):
    """The second step of a log-in."""


class ProofCodeForm(_RedeemedCode, base_forms.ReauthenticateForm):
    """The proof before an export or a child's record."""


class SetUpAppForm(totp_forms.ActivateTOTPForm):
    code = code_field("Six digits, as your app shows them now.")

    def clean_code(self) -> str:
        validate_can_add_authenticator(self.user)
        code: str = self.cleaned_data["code"]
        if not second_factor.may_try_code(self.user):
            raise ValidationError(TOO_MANY)
        if not totp.validate_totp_code(self.secret, code):
            raise get_adapter().validation_error("incorrect_code")
        second_factor.forget_tries(self.user)
        return code


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why do you look?",
        min_length=MIN_REASON,
        max_length=MAX_REASON,
        error_messages={"min_length": "Please write a whole sentence.", "required": "Please write why."},
        help_text="One sentence. Write no names: the record keeps the number of the account.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = people

    def clean_reason(self) -> str:
        """Refuse the names of the people themselves: the audit record outlives their accounts."""
        reason: str = " ".join(self.cleaned_data["reason"].split())
        typed = reason.casefold().split()
        for person in self._people:
            names = (person.username, person.first_name, person.last_name, person.email or "")
            if any(name and name.casefold() in typed for name in names):
                raise ValidationError("Please leave names and addresses out.")
        return reason
