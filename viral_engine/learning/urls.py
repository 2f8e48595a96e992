from django.urls import path

from viral_engine.learning import views

app_name = "learning"

urlpatterns = [
    path("practice/", views.menu, name="menu"),
    path("practice/start/<slug:slug>/", views.start, name="start"),
    path("practice/<uuid:attempt_id>/", views.attempt, name="attempt"),
    path("practice/<uuid:attempt_id>/answer/", views.answer, name="answer"),
    path("practice/<uuid:attempt_id>/pause/", views.pause, name="pause"),
    path("practice/<uuid:attempt_id>/resume/", views.resume, name="resume"),
    path("practice/<uuid:attempt_id>/finish/", views.finish, name="finish"),
    path("results/<uuid:attempt_id>/", views.result, name="result"),
]
