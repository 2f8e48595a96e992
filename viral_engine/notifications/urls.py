from django.urls import path

from viral_engine.notifications.views import browsers, installed, pages

app_name = "notifications"

urlpatterns = [
    path("notifications/", pages.page, name="page"),
    path("notifications/badge/", pages.badge, name="badge"),
    path("notifications/read/", pages.read_all, name="read_all"),
    path("notifications/settings/", pages.preferences, name="preferences"),
    path("notifications/<id:notification_id>/open/", pages.open_one, name="open"),
    path("notifications/browsers/", browsers.subscribe_browser, name="subscribe_browser"),
    path("notifications/browsers/forget/", browsers.forget_browser, name="forget_browser"),
    path("manifest.webmanifest", installed.manifest, name="manifest"),
    path("service-worker.js", installed.service_worker, name="service_worker"),
    path("offline/", installed.offline, name="offline"),
    path("share/", installed.share_target, name="share_target"),
]
