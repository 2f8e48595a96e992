"""Forms for answers, tutoring sessions and ratings; the owner never comes from a form."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from viral_engine.accounts.models import User
from viral_engine.kernel.text.fields import ShownTextField
from viral_engine.learning.models import Subject, TutoringSession
from viral_engine.learning.rules import transcripts
from viral_engine.learning.rules.answers import MAX_TYPED
from viral_engine.learning.rules.review import PRACTICE_SIZES

# Sums and time zones leave the calendar near its ends.
FIRST_INSTANT, LAST_INSTANT = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
LOCAL = "%Y-%m-%dT%H:%M"  # the format of a browser's datetime-local field


class AnswerForm(forms.Form):
    """An answer to a question: a choice, a typed text or the order of its parts."""

    position = forms.IntegerField(min_value=0, max_value=99)
    choice = forms.IntegerField(min_value=0, max_value=9, required=False)
    typed = forms.CharField(max_length=MAX_TYPED, required=False)
    order = forms.TypedMultipleChoiceField(
        coerce=lambda place: int(place or -1),  # -1: this place is still empty
        choices=[("", ""), *((place, place) for place in range(9))],
        required=False,
    )


class PracticeForm(forms.Form):
    count = forms.TypedChoiceField(coerce=int, choices=[(size, size) for size in PRACTICE_SIZES])


class SampleForm(forms.Form):
    """A visitor's answer to the question on the start page."""

    question = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    choice = forms.IntegerField(min_value=0, max_value=9)


class SessionForm(forms.Form):
    """A tutoring session, logged by its tutor. The transcript is pasted or uploaded; its text is `transcript`."""

    student_id = forms.TypedChoiceField(label="Student", coerce=int)
    subject = forms.ModelChoiceField(queryset=Subject.objects.all())
    started_at = forms.DateTimeField(
        label="Started",
        input_formats=[LOCAL],
        validators=[
            MinValueValidator(FIRST_INSTANT, "Please check the year."),
            MaxValueValidator(LAST_INSTANT, "Please check the year."),
        ],
        widget=forms.DateTimeInput(format=LOCAL, attrs={"type": "datetime-local"}),
        help_text="When the session began.",
    )
    duration_min = forms.IntegerField(
        label="Minutes", min_value=1, max_value=TutoringSession.MAX_MINUTES, initial=60, help_text="How long it took."
    )
    transcript_file = forms.FileField(
        required=False,
        label="Transcript file",
        widget=forms.ClearableFileInput(attrs={"accept": ".vtt,.srt,.txt,text/vtt,text/plain"}),
        help_text="WebVTT, SRT or plain text, at most 2 MB. We keep it for 90 days, for you and the family.",
        error_messages={"empty": "This file is empty. Choose another file, or none."},
    )
    transcript_text = forms.CharField(
        required=False,
        label="Or paste it",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "maxlength": transcripts.MAX_BYTES}),
    )

    def __init__(self, *args: Any, students: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choose"), *((student.pk, student.private_name) for student in students)]
        field = self.fields["student_id"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  (for the type checker)
        field.choices = choices

    def clean_transcript_file(self) -> str:
        upload = self.cleaned_data.get("transcript_file")
        if not upload:
            return ""
        if upload.size > transcripts.MAX_BYTES:
            raise forms.ValidationError("This file is larger than 2 MB. Choose a text file without sound.")
        try:
            text = transcripts.decoded(upload.read())
        except UnicodeDecodeError:
            raise forms.ValidationError("This file is not text in UTF-8. Export it as WebVTT, SRT or text.") from None
        if "\x00" in text:
            raise forms.ValidationError("This file is not text. Export it as WebVTT, SRT or text.")
        return text

    def clean_transcript_text(self) -> str:
        text = transcripts.tidy(self.cleaned_data["transcript_text"])
        if len(text.encode()) > transcripts.MAX_BYTES:
            raise forms.ValidationError("This is more than 2 MB. Paste a shorter transcript.")
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("transcript_file") and data.get("transcript_text"):
            self.add_error("transcript_text", "Add the transcript once: as a file or as text.")
        data["transcript"] = data.get("transcript_file") or data.get("transcript_text") or ""
        return data


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        coerce=int,
        choices=[(stars, f"{stars} star{'s' * (stars > 1)}") for stars in (1, 2, 3, 4, 5)],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one to five stars."},
    )
    feedback = ShownTextField(
        required=False,
        max_length=1000,
        label="Anything to add?",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Optional. Your tutor can read it.",
    )
