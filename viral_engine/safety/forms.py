from django import forms

from viral_engine.safety.models import Report


class ReportForm(forms.Form):
    reason = forms.ChoiceField(
        label="What is wrong?",
        choices=Report.Complaint.choices,
        widget=forms.RadioSelect,
        initial=Report.Complaint.UNKIND,
    )


class AppealForm(forms.Form):
    text = forms.CharField(
        label="Tell us why you think this is wrong", max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
