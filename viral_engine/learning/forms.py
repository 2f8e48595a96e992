from django import forms


class AnswerForm(forms.Form):
    position = forms.IntegerField(min_value=0, max_value=99)
    choice = forms.IntegerField(min_value=0, max_value=9)
