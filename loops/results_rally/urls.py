from django.urls import path

from loops.results_rally import views

urlpatterns = [
    path("rally/<str:token>", views.rally, name="rally"),
    path("rally/<str:token>/board", views.rally_board, name="rally_board"),
    path("rally/<str:token>/join", views.join, name="join_rally"),
]
