from typing import Any

from django import forms

from leaderboards import rules
from viral_engine.accounts.models import Cohort
from viral_engine.learning.models import Subject

PERIODS = {"week": "This week", "all": "All time"}
METRICS = {"xp": "XP", "average": "Best average", "improvement": "Most improved"}
GROUPS = {"": "Everybody", **{band: f"Grades {band}" for band in rules.BANDS}, "new": "Newcomers"}


class BoardForm(forms.Form):
    """The choice of a board. Missing fields have defaults, unknown values are errors."""

    subject = forms.ChoiceField(widget=forms.RadioSelect)
    metric = forms.ChoiceField(required=False, choices=list(METRICS.items()), label="By", widget=forms.RadioSelect)
    period = forms.ChoiceField(required=False, choices=list(PERIODS.items()), label="When", widget=forms.RadioSelect)
    cohort = forms.ChoiceField(required=False, label="Among")
    who = forms.ChoiceField(required=False, choices=list(GROUPS.items()))

    def __init__(self, data: Any, *, subjects: list[Subject], cohorts: list[Cohort], preferred: str, band: str) -> None:
        known = [subject.slug for subject in subjects]
        start = {"subject": preferred if preferred in known else known[0] if known else ""}
        defaults = start | {"period": "week", "metric": "xp", "cohort": "", "who": ""}
        chosen = {name: data[name] for name in defaults if name in data}
        own = {} if chosen else {"who": band}  # a page without any choice shows learners of the same grades
        super().__init__(defaults | own | chosen, label_suffix="")
        choices = {
            "subject": [(subject.slug, subject.name) for subject in subjects],
            "cohort": [("", "All learners"), *((str(cohort.pk), cohort.name) for cohort in cohorts)],
        }
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
            field.choices = options
