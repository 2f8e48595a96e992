from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator

from loops.rules import CHANNELS
from viral_engine.learning.models import Subject


class ShareForm(forms.Form):
    channel = forms.ChoiceField(choices=[(channel, channel) for channel in CHANNELS])
    key = forms.UUIDField(help_text="The browser makes one per share action, so that a repeat counts once.")


class PurchaseForm(forms.Form):
    """Confirm a purchase; `price` is only compared with the current price."""

    price = forms.IntegerField(min_value=1)
    key = forms.UUIDField()


class BookingForm(forms.Form):
    """Request a tutoring session. The account comes from the login; a guest confirms being an adult."""

    name = forms.CharField(
        label="Your first name",
        max_length=60,
        validators=[RegexValidator(r"^[^\W\d_][\w' .-]*$", "Use letters only.")],
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    email = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="The tutor sees it after saying yes, to agree on a time with you.",
    )
    subject = forms.ChoiceField()
    suits = forms.CharField(label="When works for you?", max_length=120, help_text="For example: Tuesdays after 4 pm.")
    note = forms.CharField(
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
        self.fields["subject"].choices = [(key, one.name) for key, one in self.taught.items()]  # type: ignore[attr-defined]
        if not is_guest:
            del self.fields["is_adult"]

    def clean_subject(self) -> Subject:
        return self.taught[self.cleaned_data["subject"]]

    @property
    def is_trapped(self) -> bool:
        """Return whether a bot filled in the field that people do not see."""
        return bool(self.data.get("website"))

    def facts(self) -> dict[str, Any]:
        """Return the fields to store; the adult confirmation is not stored."""
        return {fact: self.cleaned_data[fact] for fact in ("name", "email", "subject", "suits", "note", "key")}


class AnswerForm(forms.Form):
    """A tutor's answer to a booking request."""

    answer = forms.ChoiceField(choices=[("accept", "accept"), ("decline", "decline")])
