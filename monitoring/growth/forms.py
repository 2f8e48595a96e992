from datetime import date, timedelta
from typing import Any

from django import forms

from loops.models import Loop
from monitoring.growth.rules.filters import LATEST, MATURE, PERIODS, DashboardFilter
from viral_engine import formatting as fmt
from viral_engine.accounts.models import Role

PERSONAS = {"": "All people", **{role.value: role.label + "s" for role in Role if role != Role.ADMIN}}


class FilterForm(forms.Form):
    """Filters for days, loop and people. Missing values have defaults, unknown ones are form errors.

    With `today` the form also offers single days of cohorts; a form that is not shown does not need it.
    """

    days = forms.ChoiceField(label="Period", required=False, choices=[(str(days), f"{days} days") for days in PERIODS])
    loop = forms.ChoiceField(required=False)
    persona = forms.ChoiceField(required=False, choices=list(PERSONAS.items()), label="People")
    cohort = forms.CharField(required=False, label="Cohorts", max_length=10, widget=forms.Select)

    def __init__(self, data: Any, today: date | None = None) -> None:
        defaults = {"days": str(PERIODS[0]), "loop": "", "persona": "", "cohort": MATURE}
        super().__init__(defaults | {name: data[name] for name in defaults if name in data}, label_suffix="")
        loops = [("", "All loops"), *((loop.name, loop.title) for loop in Loop.objects.order_by("title"))]
        loop = self.fields["loop"]
        assert isinstance(loop, forms.ChoiceField)  # noqa: S101  (declared above)
        loop.choices = loops
        groups = self._single_days(today) if today else []
        asked, offered = self.data["cohort"], {MATURE, LATEST, *(day for _, days in groups for day, _ in days)}
        other = [] if asked in offered else [(asked, f"First shown on {asked}")]
        cohorts = self.fields["cohort"].widget
        assert isinstance(cohorts, forms.Select)  # noqa: S101
        cohorts.choices = [(MATURE, "With their 14 days"), (LATEST, "The latest"), *other, *groups]

    def _single_days(self, today: date) -> list[tuple[str, list[tuple[str, str]]]]:
        """The days of the mature and the latest cohorts of the period, newest first."""
        length = next((days for days in PERIODS if str(days) == self.data["days"]), PERIODS[0])
        groups = []
        for label, cohort in (("First shown, with 14 days", MATURE), ("First shown lately", LATEST)):
            _, last = DashboardFilter(cohort=cohort).cohorts(today)
            days = [last - timedelta(days=n) for n in range(length)]
            groups.append((label, [(day.isoformat(), fmt.day(day)) for day in days]))
        return groups

    def clean_cohort(self) -> str:
        found = str(self.cleaned_data["cohort"] or MATURE)
        if found in {MATURE, LATEST}:
            return found
        try:
            return date.fromisoformat(found).isoformat()
        except ValueError:
            message = "Choose mature or latest cohorts, or write one day as 2026-03-31."
            raise forms.ValidationError(message) from None

    @property
    def choice(self) -> DashboardFilter:
        data = self.cleaned_data
        return DashboardFilter(int(data["days"] or PERIODS[0]), data["loop"], data["persona"], data["cohort"])


def filter_of_key(key: str) -> DashboardFilter | None:
    """The filter that a topic names; None when the form would reject it. 1 query."""
    parts = dict(zip(("days", "loop", "persona", "cohort"), key.split("."), strict=False))
    form = FilterForm(parts)
    return form.choice if form.is_valid() and form.choice.key == key else None
