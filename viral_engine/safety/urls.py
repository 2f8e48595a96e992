from django.urls import path

from viral_engine.safety import views

app_name = "safety"
urlpatterns = [
    path("report/<slug:kind>/<str:ref>/", views.report, name="report"),
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/<id:item_id>/appeal/", views.appeal, name="appeal"),
]
