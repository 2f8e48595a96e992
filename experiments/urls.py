from django.urls import path

from experiments.views import actions, lists, results

app_name = "experiments"

urlpatterns = [
    path("experiments/", lists.experiments, name="experiments"),
    path("experiments/power/", lists.power, name="power"),
    path("experiments/<slug:key>/", results.results, name="results"),
    path("experiments/<slug:key>/results.csv", results.export, {"kind": "csv"}, name="export_csv"),
    path("experiments/<slug:key>/results.json", results.export, {"kind": "json"}, name="export_json"),
    path("experiments/<slug:key>/start/", actions.start, name="start"),
    path("experiments/<slug:key>/pause/", actions.pause, name="pause"),
    path("experiments/<slug:key>/resume/", actions.resume, name="resume"),
    path("experiments/<slug:key>/stop/", actions.stop, name="stop"),
    path("experiments/<slug:key>/restart/", actions.restart, name="restart"),
    path("experiments/<slug:key>/widen/", actions.increase_coverage, name="increase_coverage"),
]
