"""Form fields that keep one spelling: names, mailboxes and passwords."""

from typing import Any

from django import forms

from viral_engine.kernel.text.characters import tidy_name
from viral_engine.kernel.text.mailboxes import MAX_LENGTH, NotAMailbox, canonical_mailbox
from viral_engine.kernel.text.validators import (
    MAX_PASSWORD,
    validate_shown_name,
    validate_shown_text,
    validate_unreserved,
    validate_username,
)


class PersonNameField(forms.CharField):
    """A first or last name that others see."""

    default_validators = [validate_shown_name]

    def __init__(self, *, max_length: int = 60, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> str:
        return tidy_name(super().to_python(value) or "")


class UsernameField(PersonNameField):
    default_validators = [validate_username, validate_unreserved]


class ShownTextField(forms.CharField):
    """Free text that another person reads."""

    default_validators = [validate_shown_text]


class MailboxField(forms.EmailField):
    """An e-mail address in its one spelling. Refuses what cannot be encoded or exceeds the column."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": MAX_LENGTH} | kwargs))

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if not text:
            return text
        try:
            return canonical_mailbox(text)
        except NotAMailbox:
            raise forms.ValidationError("Enter an e-mail address that works.", code="invalid") from None


class PasswordField(forms.CharField):
    """A password exactly as typed, spaces included, and of a length that costs no time to hash."""

    def __init__(self, *, autocomplete: str, render_value: bool = False, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete}, render_value=render_value)
        super().__init__(strip=False, max_length=MAX_PASSWORD, widget=widget, **kwargs)
