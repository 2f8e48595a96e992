"""Every URL of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from viral_engine import well_known
from viral_engine.learning.views.practice import home

urlpatterns = [
    path("favicon.ico", well_known.favicon),
    path("robots.txt", well_known.robots, name="robots_txt"),
    path(".well-known/security.txt", well_known.security, name="security_txt"),
    path("", home, name="home"),
    path("", include("viral_engine.accounts.urls")),
    path("", include("viral_engine.staff.urls")),
    path("", include("viral_engine.notifications.urls")),
    path("", include("viral_engine.learning.urls")),
    path("", include("viral_engine.safety.urls")),
    path("", include("presence.urls")),
    path("", include("feeds.urls")),
    path("", include("leaderboards.urls")),
    path("", include("experiments.urls")),
    path("", include("loops.urls")),
    path("", include("monitoring.urls")),
    path("", include("monitoring.growth.urls")),
    path("", include("viral_engine.api.urls")),
    # Our sign-up replaces allauth's; the rest of allauth (log-in, codes, e-mail addresses) is used unchanged.
    path("accounts/signup/", RedirectView.as_view(pattern_name="accounts:sign_up", query_string=True)),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "viral_engine.kernel.error_pages.bad_request"
handler403 = "viral_engine.kernel.error_pages.permission_denied"
handler404 = "viral_engine.kernel.error_pages.page_not_found"
handler500 = "viral_engine.kernel.error_pages.server_error"
