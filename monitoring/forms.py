from datetime import timedelta

from django import forms

from monitoring.queries import SILENCE_HOURS


class SilenceForm(forms.Form):
    """The duration of a silence."""

    hours = forms.TypedChoiceField(choices=[(hours, f"{hours} h") for hours in SILENCE_HOURS], coerce=int)

    @property
    def lasts(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["hours"])
