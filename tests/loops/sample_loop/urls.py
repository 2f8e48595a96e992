"""All routes of the site, and the one of the sample loop."""

from django.urls import include, path

from tests.loops.sample_loop import views

urlpatterns = [
    path("study-together/<str:token>", views.landing, name="study_together"),
    path("", include("viral_engine.urls")),
]
