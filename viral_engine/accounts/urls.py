from django.urls import path

from viral_engine.accounts import views

app_name = "accounts"

urlpatterns = [
    path("signup/", views.birthdate, name="sign_up"),
    path("signup/details/", views.details, name="sign_up_details"),
    path("settings/", views.preferences, name="preferences"),
    path("settings/delete/", views.delete_account, name="delete_account"),
    path("friends/", views.friends, name="friends"),
    path("friends/lists/", views.friend_lists, name="friend_lists"),
    path("friends/ask/", views.ask_friend, name="ask_friend"),
    path("friends/requests/<int:friendship_id>/accept/", views.accept_friend, name="accept_friend"),
    path("friends/requests/<int:friendship_id>/decline/", views.decline_friend, name="decline_friend"),
    path("friends/requests/<int:friendship_id>/withdraw/", views.withdraw_request, name="withdraw_request"),
    path("friends/<int:person_id>/end/", views.end_friendship, name="end_friendship"),
    path("friends/<int:person_id>/block/", views.block_person, name="block_person"),
    path("friends/<int:person_id>/unblock/", views.unblock_person, name="unblock_person"),
    path("friends/invite/<str:token>/", views.friend_invite, name="friend_invite"),
    path("family/", views.family, name="family"),
    path("family/<int:child_id>/agree/", views.agree, name="agree"),
    path("family/<int:child_id>/password/", views.child_password, name="child_password"),
    path("family/<int:child_id>/delete/", views.delete_child, name="delete_child"),
    path("family/<int:child_id>/withdraw/<slug:kind>/", views.withdraw, name="withdraw"),
    path("consent/<str:token>/", views.answer_consent, name="consent"),
]
