from django.urls import path

from monitoring.growth import views

app_name = "growth"

urlpatterns = [
    path("dashboard/", views.dashboard, name="overview"),
    path("dashboard/report/", views.report_list, name="reports"),
    path("dashboard/report/mail/", views.subscribe, name="subscribe"),
    path("dashboard/report/<slug:week>/", views.report, name="report"),
    path("dashboard/<slug:page>.csv", views.download_csv, name="download_csv"),
    path("dashboard/<slug:page>/", views.dashboard, name="dashboard"),
]
