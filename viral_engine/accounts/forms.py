"""Forms for sign-up, settings and friends; role, birthdate and cohort never come from them."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import MaxValueValidator, MinValueValidator

from viral_engine.accounts.models import User
from viral_engine.accounts.rules import MAX_AGE, age_on
from viral_engine.kernel.text.characters import tidy_name
from viral_engine.kernel.text.fields import MailboxField, PasswordField, PersonNameField, UsernameField

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"]
MONTHS += ["November", "December"]


class BirthdateForm(forms.Form):
    """The neutral age gate: no hint at an age limit, so that children do not lie about their age."""

    month = forms.TypedChoiceField(coerce=int, choices=[("", "Month"), *enumerate(MONTHS, start=1)])
    day = forms.IntegerField(min_value=1, max_value=31)
    year = forms.IntegerField(
        validators=[
            MinValueValidator(date.min.year, "Please check the year."),
            MaxValueValidator(date.max.year, "Please check the year."),
        ]
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for name, hint in (("month", "bday-month"), ("day", "bday-day"), ("year", "bday-year")):
            self.fields[name].widget.attrs |= {"autocomplete": hint}
        for name, size in (("day", "2"), ("year", "4")):
            self.fields[name].widget = forms.TextInput(
                attrs={"inputmode": "numeric", "maxlength": size, "autocomplete": f"bday-{name}"}
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            data["birthdate"] = date(data["year"], data["month"], data["day"])
        except ValueError:
            self.add_error("day", "There is no such day. Check the day and the year.")
            return data
        if not 0 < age_on(data["birthdate"], self.today) <= MAX_AGE:
            self.add_error("year", "Please check the year.")
        return data


class SignUpForm(forms.Form):
    """The part every role shares: a password."""

    password = PasswordField(
        autocomplete="new-password", render_value=True, help_text="8 characters or more, not only digits."
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(username=self.cleaned_data.get("username", "")))
        return password


class NamedSignUpForm(SignUpForm):
    """Sign-up of people aged 13 or over, who give a name and an e-mail."""

    first_name = PersonNameField(widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    email = MailboxField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def username_field() -> UsernameField:
    return UsernameField(
        label="Username",
        min_length=2,
        max_length=30,
        help_text="Friends find you by it. Do not use your real name.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )


def grade_field() -> forms.TypedChoiceField:
    choices = [("", "Choose"), *((grade, f"Grade {grade}") for grade in range(1, 13))]
    return forms.TypedChoiceField(label="Grade", coerce=int, choices=choices)


class LearnerForm(NamedSignUpForm):
    """Learners aged 13 or over."""

    username = username_field()
    grade = grade_field()
    field_order = ["first_name", "username", "email", "grade", "password"]


class ChildForm(SignUpForm):
    """Children under 13 give a made-up username, a grade and a parent's e-mail, and nothing else."""

    username = username_field()
    grade = grade_field()
    parent_email = MailboxField(
        label="A parent's e-mail", help_text="We write to them once to ask if you may join in with others."
    )
    field_order = ["username", "grade", "parent_email", "password"]


class AdultForm(NamedSignUpForm):
    """Parents and tutors."""

    last_name = PersonNameField(widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    field_order = ["first_name", "last_name", "email", "password"]


class UsernameForm(forms.Form):
    """The exact username of another person."""

    username = forms.CharField(
        label="Their username",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_username(self) -> str:
        return tidy_name(self.cleaned_data["username"]).removeprefix("@")


class PreferencesForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["avatar", "language", *User.PREFERENCES]
        widgets = {"avatar": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].required = False

    def clean_language(self) -> str:
        """Keep the current language when the form omits it."""
        return str(self.cleaned_data["language"] or self.instance.language)


class PendingPreferencesForm(PreferencesForm):
    """Settings of a child before a parent's consent: without sharing switches, because nothing is shared."""

    class Meta(PreferencesForm.Meta):
        fields = ["avatar", "language"]
