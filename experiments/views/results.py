from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from experiments.charts import charts_of
from experiments.exports import CSV_HEADER, csv_rows, results_json
from experiments.forms import CoverageForm, NoteForm, SplitForm, StopForm
from experiments.models import Experiment
from experiments.queries import results_page
from experiments.services.phase_cache import UnknownExperiment
from experiments.services.results import get_results
from viral_engine.charts import figure
from viral_engine.csv_lines import csv_line
from viral_engine.kernel.clock import now
from viral_engine.kernel.converters import read_id
from viral_engine.staff.access import staff_required


@staff_required("experiments.view_experiment")
@require_safe
def results(request: HttpRequest, key: str) -> HttpResponse:
    """The verdict, numbers, charts, split and actions of one experiment.

    Cost  6 queries beyond session and user, 2 more for each metric that is a mean.
    """
    experiment = get_object_or_404(Experiment, key=key)
    page = results_page(experiment, request.GET.get("phase", ""), now())
    context: dict[str, object] = {"page": page, "note_form": NoteForm(auto_id="start_%s")}
    if page.latest is not None:
        context |= {
            "stop_form": StopForm(page.latest.arms, auto_id="stop_%s"),
            "split_form": SplitForm(list(experiment.arms.all()), auto_id="restart_%s"),
            "coverage_form": CoverageForm(auto_id="widen_%s", initial={"coverage_bp": page.latest.coverage_bp}),
        }
    if page.report is not None:
        context["charts"] = [figure(chart) for chart in charts_of(page.report)]
    return render(request, "experiments/results.html", context)


@staff_required("experiments.view_experiment", is_export=True)
@require_safe
def export(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """The numbers of the results page as a download; kind is csv or json."""
    get_object_or_404(Experiment, key=key)
    at = now()
    try:
        found = get_results(key, at=at, number=read_id(request.GET.get("phase")))
    except UnknownExperiment:
        return HttpResponse("This experiment has no such phase, so there is nothing to export.", status=404)
    if kind == "json":
        return JsonResponse(results_json(found, at), json_dumps_params={"allow_nan": False, "indent": 2})
    lines = map(csv_line, (CSV_HEADER, *csv_rows(found.report)))
    response = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{key}-{found.phase.number}.csv"'
    return response
