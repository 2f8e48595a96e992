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
    path("tests/<slug:slug>/", views.test_intro, name="test_intro"),
    path("tests/<slug:slug>/start/", views.start_test, name="start_test"),
    path("diagnostics/<slug:slug>/", views.diagnostic_intro, name="diagnostic_intro"),
    path("diagnostics/<slug:slug>/start/", views.start_diagnostic, name="start_diagnostic"),
    path("badges/", views.badges, name="badges"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/new/", views.log_session, name="log_session"),
    path("sessions/to-rate/", views.session_to_rate, name="session_to_rate"),
    path("sessions/<int:session_id>/", views.session, name="session"),
    path("results/<uuid:attempt_id>/", views.result, name="result"),
]
