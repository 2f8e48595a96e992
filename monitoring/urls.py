from django.urls import path

from monitoring import views

app_name = "monitoring"

urlpatterns = [
    path("api/health", views.health, name="health"),
    path("api/health/live", views.live, name="live"),
    path("api/ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
    path("monitoring/", views.monitoring, name="monitoring"),
    path("monitoring/alerts/<int:alert_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("monitoring/alerts/<int:alert_id>/silence/", views.silence, name="silence"),
    path("monitoring/silences/<int:silence_id>/end/", views.end_silence, name="end_silence"),
]
