import csv
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from experiments import services
from experiments.charts import charts_of
from experiments.forms import CoverageForm, NoteForm, SplitForm, StopForm
from experiments.models import Experiment
from experiments.pages import CSV_HEAD, as_json, as_rows, history_of, split_of
from viral_engine.accounts.access import staff_only
from viral_engine.charts import figure
from viral_engine.kernel.clock import now


@staff_only("experiments.view_experiment")
@require_safe
def results(request: HttpRequest, key: str) -> HttpResponse:
    """Everything about one experiment: what it says, what runs, what can be done.

    Cost  6 queries beyond session and user, 2 more for each metric that is a mean.
    """
    experiment = get_object_or_404(Experiment, key=key)
    at = now()
    phases = list(experiment.phases.order_by("-number"))
    chosen = request.GET.get("phase", "")
    phase = next((one for one in phases if str(one.number) == chosen), phases[0] if phases else None)
    latest = phases[0] if phases else None
    context: dict[str, Any] = {
        "experiment": experiment,
        "phase": phase,
        "phases": phases,
        "state": latest.state if latest else "draft",
        "split": split_of(experiment, latest),
        "history": history_of(experiment),
        "complaints": services.complaints(experiment) if latest is None or latest.ended_at else [],
        "note_form": NoteForm(auto_id="start_%s"),
    }
    if latest is not None:
        arms = list(experiment.arms.all())
        context |= {
            "stop_form": StopForm(latest.arms, auto_id="stop_%s"),
            "split_form": SplitForm(arms, auto_id="restart_%s"),
            "coverage_form": CoverageForm(auto_id="widen_%s", initial={"coverage_bp": latest.coverage_bp}),
        }
    if phase is not None:
        report = services.read_report(phase, at)
        context |= {"report": report, "charts": [figure(chart) for chart in charts_of(report)]}
    return render(request, "experiments/results.html", context)


@staff_only("experiments.view_experiment")
@require_safe
def export(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """The same numbers for another program: kind is csv or json."""
    get_object_or_404(Experiment, key=key)
    at = now()
    number = request.GET.get("phase", "")
    try:
        found = services.get_results(key, at=at, number=int(number) if number.isdecimal() else None)
    except services.UnknownExperiment:
        return HttpResponse("This experiment has no such phase: there is nothing to export.", status=404)
    if kind == "json":
        return JsonResponse(as_json(found, at), json_dumps_params={"allow_nan": False, "indent": 2})
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{key}-{found.phase.number}.csv"'
    writer = csv.writer(response)
    writer.writerow(CSV_HEAD)
    writer.writerows(as_rows(found.report))
    return response
