from django.urls import path

from viral_engine.learning.views import assessments, attempts, badges, practice, results, tutoring

app_name = "learning"

urlpatterns = [
    path("practice/", practice.menu, name="menu"),
    path("practice/start/<topic_slug:slug>/", practice.start, name="start"),
    path("practice/try/", practice.answer_sample, name="answer_sample"),
    path("practice/<uuid:attempt_id>/", attempts.attempt, name="attempt"),
    path("practice/<uuid:attempt_id>/answer/", attempts.answer, name="answer"),
    path("practice/<uuid:attempt_id>/pause/", attempts.pause, name="pause"),
    path("practice/<uuid:attempt_id>/resume/", attempts.resume, name="resume"),
    path("practice/<uuid:attempt_id>/finish/", attempts.finish, name="finish"),
    path("tests/<topic_slug:slug>/", assessments.test_intro, name="test_intro"),
    path("tests/<topic_slug:slug>/start/", assessments.start_test, name="start_test"),
    path("diagnostics/<topic_slug:slug>/", assessments.diagnostic_intro, name="diagnostic_intro"),
    path("diagnostics/<topic_slug:slug>/start/", assessments.start_diagnostic, name="start_diagnostic"),
    path("badges/", badges.badges, name="badges"),
    path("sessions/", tutoring.sessions, name="sessions"),
    path("sessions/new/", tutoring.log_session, name="log_session"),
    path("sessions/to-rate/", tutoring.session_to_rate, name="session_to_rate"),
    path("sessions/<id:session_id>/", tutoring.session, name="session"),
    path("results/<uuid:attempt_id>/", results.result, name="result"),
]
