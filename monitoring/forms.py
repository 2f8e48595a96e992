from datetime import timedelta

from django import forms

from monitoring.pages import QUIET_HOURS


class SilenceForm(forms.Form):
    """For how long nobody is told."""

    hours = forms.TypedChoiceField(choices=[(hours, f"{hours} h") for hours in QUIET_HOURS], coerce=int)

    @property
    def lasts(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["hours"])
