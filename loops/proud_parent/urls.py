from django.urls import path

from loops.proud_parent import views

urlpatterns = [
    path("signup/parent/<str:token>", views.parent_landing, name="parent"),
    path("signup/parent/<str:token>/try", views.try_out, name="try_out"),
    path("signup/parent/<str:token>/join", views.join_as_parent, name="join_as_parent"),
    path("recaps/", views.recaps, name="recaps"),
    path("recaps/<id:recap_id>/", views.recap, name="recap"),
    path("recaps/<id:recap_id>/reel/", views.recap_reel, name="recap_reel"),
    path("recaps/<id:recap_id>/share/", views.share_recap, name="share_recap"),
    path("reels/<str:token>.webp", views.reel, name="reel"),
    path("reels/<str:token>.mp4", views.reel_video, name="reel_video"),
]
