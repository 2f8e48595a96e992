from django import forms


class MessageForm(forms.Form):
    """A chat message. The service checks the text, so that it can explain a refusal."""

    text = forms.CharField(required=False, strip=False, max_length=10_000)
    key = forms.UUIDField()


class ShareResultForm(forms.Form):
    result = forms.UUIDField()
