from django.urls import path

from loops.achievement_spotlight import views

urlpatterns = [
    path("badges/<str:token>", views.badge, name="badge"),
    path("badges/<str:token>/try", views.try_it, name="try_badge"),
]
