from django.urls import path

from viral_engine.accounts.views import children, consent, erasure, exports, family, friends, privacy, settings, sign_up

app_name = "accounts"

urlpatterns = [
    path("signup/", sign_up.birthdate, name="sign_up"),
    path("signup/details/", sign_up.details, name="sign_up_details"),
    path("settings/", settings.preferences, name="preferences"),
    path("settings/export/", exports.export_own, name="export_own"),
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
    path("family/<id:child_id>/", children.child, name="child"),
    path("family/<id:child_id>/growth/", children.set_growth, name="child_growth"),
    path("family/<id:child_id>/correct/", children.correct, name="correct_child"),
    path("family/<id:child_id>/birthdate/", children.ask_for_birthdate, name="ask_for_birthdate"),
    path("family/<id:child_id>/export/", exports.export_child, name="export_child"),
    path("family/<id:child_id>/shared/<slug:kind>/<slug:key>/", children.take_shared_back, name="take_back"),
    path("family/<id:child_id>/agree/", family.agree, name="agree"),
    path("family/<id:child_id>/password/", family.child_password, name="child_password"),
    path("family/<id:child_id>/delete/", erasure.delete_child, name="delete_child"),
    path("family/<id:child_id>/withdraw/<slug:kind>/", family.withdraw, name="withdraw"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/children/", privacy.children, name="privacy_children"),
    path("privacy/retention/", privacy.retention, name="privacy_retention"),
    path("consent/<str:token>/", consent.answer_consent, name="consent"),
]
