from django.urls import path

from viral_engine.staff import views

app_name = "staff"

urlpatterns = [path("admin/reason/", views.ask_reason, name="reason")]
