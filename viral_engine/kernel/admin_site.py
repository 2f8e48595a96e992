import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

logger = logging.getLogger(__name__)


class GuardedAdminSite(AdminSite):
    """Django's admin, but for filters in an address that no date or number can hold.

    A list evaluates its filters late, where Django no longer takes their errors for wrong filters: the year 99999.
    """

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002  (Django's)
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                response: HttpResponseBase = view(request, *args, **kwargs)
            except (DataError, OverflowError, ValueError):
                if request.method == "POST" or not request.GET.keys() - {ERROR_FLAG}:
                    raise
                logger.warning("wrong filters on %s", request.path, exc_info=True)
                return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
            return response

        return super().admin_view(guarded, cacheable)


class GuardedAdminConfig(AdminConfig):
    default_site = "viral_engine.kernel.admin_site.GuardedAdminSite"
