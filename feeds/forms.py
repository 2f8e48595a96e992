from django import forms


class MessageForm(forms.Form):
    """The text goes to the service as it was typed: what is wrong with it is told in words."""

    text = forms.CharField(required=False, strip=False, max_length=10_000)
    key = forms.UUIDField()


class ShareResultForm(forms.Form):
    result = forms.UUIDField()
