"""Forms for parents, and the password check before actions that cannot be undone."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from viral_engine.accounts.models import User
from viral_engine.accounts.models.verification import MAX_FORM_BYTES
from viral_engine.accounts.rules import CONSENT_TEXTS, MAX_AGE, VERIFIED_KINDS, age_on
from viral_engine.kernel.limiter import allow
from viral_engine.kernel.text.fields import PasswordField, PersonNameField


class ConsentForm(forms.Form):
    """Consents a parent ticks. Ticking nothing is an answer too, but the form asks once more."""

    kinds = forms.MultipleChoiceField(
        label="I agree that",
        choices=[(kind, text) for kind, text in CONSENT_TEXTS.items() if kind not in VERIFIED_KINDS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    refuse = forms.BooleanField(required=False, widget=forms.HiddenInput)
    is_empty = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.is_empty = not data.get("kinds") and not self.errors
        if self.is_empty and not data.get("refuse"):
            raise forms.ValidationError("You ticked nothing.")
        return data


class OwnPasswordForm(forms.Form):
    """Ask for the user's password, because their computer may be unlocked. Five tries in half an hour."""

    own_password = PasswordField(label="Your own password", autocomplete="current-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_own_password(self) -> str:
        password: str = self.cleaned_data["own_password"]
        if not allow("own_password", str(self.user.pk), limit=5, window_s=1800):
            raise forms.ValidationError("Too many tries. Please wait half an hour.")
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password. Try again.")
        return password


class LaterConsentForm(OwnPasswordForm):
    """Consents that a parent gives later, from the family page."""

    kinds = forms.MultipleChoiceField(
        label="I agree that",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one box, or leave this page."},
    )
    field_order = ["kinds", "own_password"]

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kinds"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  (for the type checker)
        field.choices = kinds


class SignedFormForm(OwnPasswordForm):
    """The photo or scan of a signed form."""

    signed_form = forms.FileField(
        label="Your signed form",
        help_text="A PDF, or a photo as JPEG or PNG. At most 4 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )
    field_order = ["signed_form", "own_password"]

    def clean_signed_form(self) -> Any:
        """Refuse a file that is too big, before it is read."""
        upload = self.cleaned_data["signed_form"]
        if (upload.size or 0) > MAX_FORM_BYTES:
            raise forms.ValidationError("This file is too big. Use one of at most 4 MB, for example a smaller photo.")
        return upload


class ChildPasswordForm(OwnPasswordForm):
    new_password = PasswordField(
        label="New password", autocomplete="new-password", help_text="8 characters or more, not only digits."
    )
    field_order = ["new_password", "own_password"]

    def __init__(self, *args: Any, child: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.child = child

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        validate_password(password, self.child)
        return password


class ExportForm(OwnPasswordForm):
    """The format of an export, and the password."""

    kind = forms.ChoiceField(
        label="As",
        choices=[("html", "A page to read"), ("json", "A file for other programs (JSON)")],
        widget=forms.RadioSelect,
        initial="html",
    )
    field_order = ["kind", "own_password"]


class CorrectionForm(forms.Form):
    """A child's first name and grade."""

    first_name = PersonNameField(required=False, help_text="Friends in the same rooms see it. You may leave it empty.")
    grade = forms.TypedChoiceField(
        label="Grade",
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "No grade"), *((grade, f"Grade {grade}") for grade in range(1, 13))],
    )


class BirthdateRequestForm(forms.Form):
    birthdate = forms.DateField(label="The right birthday", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_birthdate(self) -> date:
        birthdate: date = self.cleaned_data["birthdate"]
        if not 0 < age_on(birthdate, self.today) <= MAX_AGE:
            raise forms.ValidationError("Please check the year.")
        return birthdate
