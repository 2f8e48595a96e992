from django.urls import path

from presence import views

app_name = "presence"

urlpatterns = [
    path("api/socket-token", views.socket_token, name="socket_token"),
    path("here-now/", views.here_now, name="here_now"),
    path("subjects/<topic_slug:slug>/", views.subject, name="subject"),
]
