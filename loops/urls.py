from django.urls import path

from loops import views

app_name = "loops"

urlpatterns = [
    path("r/<str:token>", views.follow, name="follow"),
    path("challenge/<str:token>", views.landing, name="challenge"),
    path("challenge/<str:token>/play", views.play, name="play"),
    path("cards/<str:token>.png", views.card, name="card"),
    path("loops/after/<uuid:attempt_id>/", views.after_result, name="after_result"),
    path("loops/challenge/<uuid:attempt_id>/", views.challenge_a_friend, name="challenge_a_friend"),
    path("loops/share/<slug:code>/", views.share_sheet, name="share_sheet"),
    path("loops/share/<slug:code>/sent/", views.share, name="share"),
    path("loops/prompts/<int:prompt_id>/dismiss/", views.dismiss, name="dismiss"),
    path("rewards/", views.rewards, name="rewards"),
]
