from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.forms import PowerForm
from experiments.queries import list_experiments
from viral_engine.accounts.access import staff_required


@staff_required("experiments.view_experiment")
@require_safe
def experiments(request: HttpRequest) -> HttpResponse:
    return render(request, "experiments/experiments.html", {"experiments": list_experiments()})


@staff_required("experiments.view_experiment")
@require_safe
def power(request: HttpRequest) -> HttpResponse:
    """The units and days a test needs; the form is in the URL, so that the result can be shared."""
    from experiments.analysis.power import days_needed, units_for_rates

    form = PowerForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        data = form.cleaned_data
        units = units_for_rates(
            data["base"] / 100, data["target"] / 100, alpha=data["alpha"] / 100, power=data["power"] / 100
        )
        share = data["coverage"] / 100 / data["arms"]
        days = units and days_needed(units, daily_units=data["daily_units"], smallest_share=share)
        context |= {"units": units, "people": units and units * data["arms"], "days": days}
    return render(request, "experiments/power.html", context)
