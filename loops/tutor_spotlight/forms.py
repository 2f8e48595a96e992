from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator

from viral_engine.kernel.text.fields import MailboxField, PersonNameField, ShownTextField
from viral_engine.learning.models import Subject


class BookingForm(forms.Form):
    """A request for a session. The account comes from the session; a guest confirms being an adult."""

    name = PersonNameField(
        label="Your first name",
        validators=[RegexValidator(r"^[^\W\d_][\w' .-]*$", "Use letters only.")],
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    email = MailboxField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="The tutor sees it after saying yes, to agree on a time with you.",
    )
    subject = forms.ChoiceField()
    suits = ShownTextField(label="When works for you?", max_length=120, help_text="For example: Tuesdays after 4 pm.")
    note = ShownTextField(
        label="Anything to add?",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A grade or a topic helps. Please leave out names and addresses.",
    )
    is_adult = forms.BooleanField(
        label="I am a parent, or an adult learner",
        error_messages={"required": "Ask a parent to book. If you have an account, log in first."},
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, subjects: list[Subject], is_guest: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid4())
        self.taught = {str(subject.pk): subject for subject in subjects}
        self.fields["subject"] = forms.ChoiceField(choices=[(key, one.name) for key, one in self.taught.items()])
        if not is_guest:
            del self.fields["is_adult"]

    def clean_subject(self) -> Subject:
        return self.taught[self.cleaned_data["subject"]]

    @property
    def is_trapped(self) -> bool:
        """Whether a bot filled in the hidden field."""
        return bool(self.data.get("website"))

    def facts(self) -> dict[str, Any]:
        """The answers to store; being an adult is asked, not stored."""
        return {fact: self.cleaned_data[fact] for fact in ("name", "email", "subject", "suits", "note", "key")}


class BookingAnswerForm(forms.Form):
    """The tutor's answer to a request."""

    answer = forms.ChoiceField(choices=[("accept", "accept"), ("decline", "decline")])
