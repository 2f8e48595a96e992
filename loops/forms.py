from django import forms

from loops.rules import CHANNELS


class ShareForm(forms.Form):
    channel = forms.ChoiceField(choices=[(channel, channel) for channel in CHANNELS])
    key = forms.UUIDField(help_text="Made by the browser for each share action, so that a repeat is known as one.")


class PurchaseForm(forms.Form):
    """What the question before a purchase showed; the price is compared, never believed."""

    price = forms.IntegerField(min_value=1)
    key = forms.UUIDField()
