from django import forms

from loops.rules.scoring import CHANNELS


class ShareActionForm(forms.Form):
    channel = forms.ChoiceField(choices=[(channel, channel) for channel in CHANNELS])
    key = forms.UUIDField(help_text="The browser makes one per share action, so that a repeat counts once.")


class PurchaseForm(forms.Form):
    """Confirm a purchase; `price` is only compared with the current price."""

    price = forms.IntegerField(min_value=1)
    key = forms.UUIDField()
