from django.urls import path

from viral_engine.accounts.views import consent, erasure, family, friends, settings, sign_up, verification

app_name = "accounts"

urlpatterns = [
    path("signup/", sign_up.birthdate, name="sign_up"),
    path("signup/details/", sign_up.details, name="sign_up_details"),
    path("settings/", settings.preferences, name="preferences"),
    path("settings/delete/", erasure.delete_account, name="delete_account"),
    path("friends/", friends.friends, name="friends"),
    path("friends/lists/", friends.friend_lists, name="friend_lists"),
    path("friends/ask/", friends.ask_friend, name="ask_friend"),
    path("friends/requests/<id:friendship_id>/accept/", friends.accept_friend, name="accept_friend"),
    path("friends/requests/<id:friendship_id>/decline/", friends.decline_friend, name="decline_friend"),
    path("friends/requests/<id:friendship_id>/withdraw/", friends.withdraw_request, name="withdraw_request"),
    path("friends/<id:person_id>/end/", friends.end_friendship, name="end_friendship"),
    path("friends/<id:person_id>/block/", friends.block_person, name="block_person"),
    path("friends/<id:person_id>/unblock/", friends.unblock_person, name="unblock_person"),
    path("friends/invite/<str:token>/", friends.friend_invite, name="friend_invite"),
    path("family/", family.family, name="family"),
    path("family/<id:child_id>/agree/", family.agree, name="agree"),
    path("family/<id:child_id>/password/", family.child_password, name="child_password"),
    path("family/<id:child_id>/delete/", erasure.delete_child, name="delete_child"),
    path("family/<id:child_id>/withdraw/<slug:kind>/", family.withdraw, name="withdraw"),
    path("family/<id:child_id>/verify/", verification.verify, name="verify"),
    path("family/<id:child_id>/verify/form/", verification.printable_form, name="printable_form"),
    path("family/<id:child_id>/verify/pay/", verification.pay, name="pay"),
    path("family/<id:child_id>/verify/paid/", verification.paid, name="paid"),
    path("consent/<str:token>/", consent.answer_consent, name="consent"),
]
