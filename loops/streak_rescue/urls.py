from django.urls import path

from loops.streak_rescue import views

urlpatterns = [
    path("rescue/<str:token>", views.rescue, name="rescue"),
    path("rescue/<str:token>/join", views.join, name="join_rescue"),
]
