"""Every door of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from viral_engine.learning.views import home

urlpatterns = [
    path("", home, name="home"),
    path("", include("viral_engine.accounts.urls")),
    path("", include("viral_engine.learning.urls")),
    path("", include("loops.urls")),
    path("", include("monitoring.urls")),
    # Our own sign-up replaces allauth's; the rest of allauth (log-in, codes, mailboxes) is used as it is.
    path("accounts/signup/", RedirectView.as_view(pattern_name="accounts:sign_up", query_string=True)),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
