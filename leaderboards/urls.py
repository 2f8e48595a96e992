from django.urls import path

from leaderboards import views

app_name = "leaderboards"

urlpatterns = [
    path("leaderboards/", views.boards, name="boards"),
    path("leaderboards/place/", views.place, name="place"),
    path("leaderboards/league/", views.league, name="league"),
    path("leaderboards/mine/", views.mine, name="mine"),
    path("leaderboards/cohort/<id:cohort_id>/<topic_slug:slug>/", views.cohort, name="cohort"),
]
