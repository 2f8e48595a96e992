from typing import Any

from django import forms

from viral_engine.notifications.kinds import every_kind
from viral_engine.notifications.models import Channel
from viral_engine.notifications.queries import time_zones


class NotificationPreferencesForm(forms.Form):
    """A box per kind and channel, and the quiet hours."""

    time_zone = forms.ChoiceField(label="Your time zone")
    starts = forms.TimeField(label="Quiet from")
    ends = forms.TimeField(label="Quiet until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        field.choices = [(zone, zone.replace("_", " ")) for zone in time_zones()]  # type: ignore[attr-defined]
        for kind in every_kind():
            for channel in Channel:
                self.fields[f"{kind.key}-{channel}"] = forms.BooleanField(required=False)

    def muted(self) -> list[tuple[str, str]]:
        """The (kind, channel) pairs whose box is empty."""
        return [
            (kind.key, str(channel))
            for kind in every_kind()
            for channel in Channel
            if not self.cleaned_data[f"{kind.key}-{channel}"]
        ]
