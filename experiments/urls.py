from django.urls import path

from experiments import views

app_name = "experiments"

urlpatterns = [
    path("experiments/", views.experiments, name="experiments"),
    path("experiments/power/", views.power, name="power"),
    path("experiments/<slug:key>/", views.results, name="results"),
    path("experiments/<slug:key>/results.csv", views.export, {"kind": "csv"}, name="export_csv"),
    path("experiments/<slug:key>/results.json", views.export, {"kind": "json"}, name="export_json"),
    path("experiments/<slug:key>/start/", views.start, name="start"),
    path("experiments/<slug:key>/pause/", views.pause, name="pause"),
    path("experiments/<slug:key>/resume/", views.resume, name="resume"),
    path("experiments/<slug:key>/stop/", views.stop, name="stop"),
    path("experiments/<slug:key>/restart/", views.restart, name="restart"),
    path("experiments/<slug:key>/widen/", views.widen, name="widen"),
]
