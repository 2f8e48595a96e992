from django.urls import path

from loops.buddy_challenge import views

urlpatterns = [
    path("challenge/<str:token>", views.landing, name="challenge"),
    path("challenge/<str:token>/play", views.play, name="play"),
    path("loops/challenge/<uuid:attempt_id>/", views.challenge_a_friend, name="challenge_a_friend"),
    path("loops/back/<id:activity_id>/", views.challenge_back, name="challenge_back"),
    path("loops/befriend/<uuid:attempt_id>/", views.befriend, name="befriend"),
]
