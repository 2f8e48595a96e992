from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from experiments import rules
from experiments.models import Arm, Experiment, Metric
from experiments.services import phase_cache


class ArmForm(forms.ModelForm[Arm]):
    class Meta:
        model = Arm
        fields: ClassVar = ["key", "title", "weight_bp", "is_control", "params"]

    def clean_params(self) -> dict[str, Any]:
        params = self.cleaned_data["params"] or {}
        if not isinstance(params, dict):
            raise ValidationError('Enter one JSON object, for example {"shields": 2}.')
        return params


class ArmFormSet(BaseInlineFormSet[Arm, Experiment, ArmForm]):
    """Refuses a split that does not add up when the admin saves it, before any start."""

    def clean(self) -> None:
        super().clean()
        rows = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        kept = [row for row in rows if not row.get("DELETE")]
        if not kept or any(self.errors):
            return
        try:
            rules.check_split([row["weight_bp"] for row in kept])
        except rules.InvalidSplit as refusal:
            raise ValidationError(str(refusal)) from refusal
        if sum(bool(row.get("is_control")) for row in kept) != 1:
            raise ValidationError("Mark exactly one arm as the control: the variant everyone gets today.")


class MetricForm(forms.ModelForm[Metric]):
    class Meta:
        model = Metric
        fields: ClassVar = ["role", "kind", "title", "event", "value_of", "is_more_better", "limit", "pre_days"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") == Metric.Role.GUARDRAIL and not data.get("limit"):
            self.add_error("limit", "A guardrail needs a limit: 0.1 allows a change of 10% of the control.")
        if data.get("kind") != Metric.Kind.MEAN and data.get("pre_days"):
            self.add_error("pre_days", "Only a mean can use days before exposure.")
        error = phase_cache.value_error(data.get("event") or "", data.get("value_of") or "")
        if error:
            self.add_error("value_of", f"{error[0].upper()}{error[1:]}")
        return data


class SplitForm(forms.Form):
    """The weights of a restart, one field per arm."""

    note = forms.CharField(label="Why", max_length=500)

    def __init__(self, arms: list[Arm], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = [arm.key for arm in arms]
        for arm in arms:
            self.fields[f"weight_{arm.key}"] = forms.IntegerField(
                label=f"{arm.title} (basis points)", min_value=0, max_value=rules.TOTAL_BP, initial=arm.weight_bp
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                rules.check_split(list(self.weights_bp().values()))
            except rules.InvalidSplit as refusal:
                raise ValidationError(str(refusal)) from refusal
        return data

    def weights_bp(self) -> dict[str, int]:
        return {key: self.cleaned_data[f"weight_{key}"] for key in self.keys}


class StopForm(forms.Form):
    note = forms.CharField(label="Why", max_length=500)

    def __init__(self, arms: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "the site's default"), *((arm["key"], arm["title"]) for arm in arms)]
        self.fields["winner"] = forms.ChoiceField(label="Everyone gets", required=False, choices=choices)
        self.order_fields(["winner", "note"])


class NoteForm(forms.Form):
    note = forms.CharField(label="Why", max_length=500, required=False)


class CoverageForm(forms.Form):
    coverage_bp = forms.IntegerField(label="Coverage (basis points)", min_value=1, max_value=rules.TOTAL_BP)


class PowerForm(forms.Form):
    """A form in the URL: a field that an older link lacks takes its first value."""

    MODES = (("sequential", "Sequential: look every week"), ("fixed", "Fixed size: judge once"))

    base = forms.FloatField(label="Rate today (%)", min_value=0.01, max_value=99.9, initial=5)
    target = forms.FloatField(label="Rate worth detecting (%)", min_value=0.01, max_value=99.9, initial=6)
    power = forms.FloatField(label="Power (%)", min_value=50, max_value=99, initial=80)
    alpha = forms.FloatField(label="False positives (%)", min_value=0.1, max_value=20, initial=5)
    arms = forms.IntegerField(label="Arms", min_value=2, max_value=10, initial=2)
    daily_units = forms.IntegerField(label="People per day", min_value=1, max_value=10_000_000, initial=500)
    coverage = forms.FloatField(label="Coverage (%)", min_value=1, max_value=100, initial=100)
    mode = forms.ChoiceField(label="Kind of test", choices=MODES, required=False)
    goals = forms.IntegerField(label="Goal metrics beside the primary one", min_value=0, max_value=10, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return data | {"mode": data.get("mode") or self.MODES[0][0], "goals": data.get("goals") or 0}
