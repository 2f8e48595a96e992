from django.urls import path

from viral_engine.accounts import views

app_name = "accounts"

urlpatterns = [
    path("signup/", views.birthdate, name="sign_up"),
    path("signup/details/", views.details, name="sign_up_details"),
    path("settings/", views.preferences, name="preferences"),
    path("family/", views.family, name="family"),
    path("family/<int:child_id>/withdraw/<slug:kind>/", views.withdraw, name="withdraw"),
    path("consent/<str:token>/", views.answer_consent, name="consent"),
]
