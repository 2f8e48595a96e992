from django.urls import path

from monitoring.views import health, metrics, oncall

app_name = "monitoring"

urlpatterns = [
    path("api/health", health.health, name="health"),
    path("api/health/live", health.live, name="live"),
    path("api/ready", health.ready, name="ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("monitoring/", oncall.monitoring, name="monitoring"),
    path("monitoring/alerts/<id:alert_id>/acknowledge/", oncall.acknowledge, name="acknowledge"),
    path("monitoring/alerts/<id:alert_id>/silence/", oncall.silence, name="silence"),
    path("monitoring/silences/<id:silence_id>/end/", oncall.end_silence, name="end_silence"),
]
