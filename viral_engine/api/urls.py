from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from viral_engine.api.problems import not_found
from viral_engine.api.site import api

urlpatterns = [
    path("api/v1/", api.urls),
    re_path(r"^api/v1/.*$", csrf_exempt(not_found), name="api_not_found"),
]
