from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.forms import PowerForm
from experiments.queries import list_experiments, sample_sizes
from viral_engine.staff.access import staff_required


@staff_required("experiments.view_experiment")
@require_safe
def experiments(request: HttpRequest) -> HttpResponse:
    return render(request, "experiments/experiments.html", {"experiments": list_experiments()})


@staff_required("experiments.view_experiment")
@require_safe
def power(request: HttpRequest) -> HttpResponse:
    """The units and days a test needs; the form is in the URL, so that the result can be shared."""
    form = PowerForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        context["sizes"] = sample_sizes(**form.cleaned_data)
    return render(request, "experiments/power.html", context)
