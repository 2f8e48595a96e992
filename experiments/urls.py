from django.urls import path

from experiments.views import lists, results, steps

app_name = "experiments"

urlpatterns = [
    path("experiments/", lists.experiments, name="experiments"),
    path("experiments/power/", lists.power, name="power"),
    path("experiments/<slug:key>/", results.results, name="results"),
    path("experiments/<slug:key>/results.csv", results.export, {"kind": "csv"}, name="export_csv"),
    path("experiments/<slug:key>/results.json", results.export, {"kind": "json"}, name="export_json"),
    path("experiments/<slug:key>/start/", steps.start, name="start"),
    path("experiments/<slug:key>/pause/", steps.pause, name="pause"),
    path("experiments/<slug:key>/resume/", steps.resume, name="resume"),
    path("experiments/<slug:key>/stop/", steps.stop, name="stop"),
    path("experiments/<slug:key>/restart/", steps.restart, name="restart"),
    path("experiments/<slug:key>/widen/", steps.increase_coverage, name="widen"),
]
