from django.urls import path

from feeds import views

app_name = "feeds"
urlpatterns = [
    path("feed/", views.feed, name="feed"),
    path("feed/older/", views.older, name="older"),
    path("feed/latest/", views.latest, name="latest"),
    path("feed/share/", views.share, name="share"),
    path("feed/<int:activity_id>/react/", views.react, name="react"),
    path("cohorts/", views.mine, name="mine"),
    path("cohorts/<int:cohort_id>/", views.cohort, name="cohort"),
    path("cohorts/<int:cohort_id>/messages/", views.send, name="send"),
    path("cohorts/<int:cohort_id>/unmute/", views.unmute, name="unmute"),
    path("cohorts/<int:cohort_id>/challenges/", views.challenge, name="challenge"),
    path("cohorts/challenges/<int:challenge_id>/play/", views.play, name="play"),
    path("messages/<int:message_id>/report/", views.report, name="report"),
    path("messages/<int:message_id>/block/", views.block, name="block"),
    path("messages/<int:message_id>/mute/", views.mute, name="mute"),
    path("together/", views.begin, name="begin"),
    path("together/<int:together_id>/", views.together, name="together"),
    path("together/<int:together_id>/join/", views.join, name="join"),
]
