from django.urls import path

from feeds.views import co_practice, cohort, feed

app_name = "feeds"
urlpatterns = [
    path("feed/", feed.feed, name="feed"),
    path("feed/older/", feed.older, name="older"),
    path("feed/latest/", feed.latest, name="latest"),
    path("feed/share/", feed.share, name="share"),
    path("feed/<id:activity_id>/react/", feed.react, name="react"),
    path("cohorts/", cohort.mine, name="mine"),
    path("cohorts/<id:cohort_id>/", cohort.cohort, name="cohort"),
    path("cohorts/<id:cohort_id>/messages/", cohort.send, name="send"),
    path("cohorts/<id:cohort_id>/unmute/", cohort.unmute, name="unmute"),
    path("cohorts/<id:cohort_id>/challenges/", cohort.challenge, name="challenge"),
    path("cohorts/challenges/<id:challenge_id>/play/", cohort.play, name="play"),
    path("messages/<id:message_id>/block/", cohort.block, name="block"),
    path("messages/<id:message_id>/mute/", cohort.mute, name="mute"),
    path("together/", co_practice.begin, name="begin"),
    path("together/buddies/<topic_slug:slug>/", co_practice.study_buddies, name="study_buddies"),
    path("together/<id:together_id>/", co_practice.together, name="together"),
    path("together/<id:together_id>/join/", co_practice.join, name="join"),
]
