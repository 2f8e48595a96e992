from django.urls import path

from monitoring import views

app_name = "monitoring"

urlpatterns = [path("api/health", views.health, name="health")]
