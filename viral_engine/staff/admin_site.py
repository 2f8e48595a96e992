import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.paginator import Paginator
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from viral_engine.kernel.admin_lists import BoundedPaginator
from viral_engine.staff import child_records

logger = logging.getLogger(__name__)


class GuardedAdminSite(AdminSite):
    """Django's admin behind the site's own log-in, with a record of the children whose pages staff open.

    A list evaluates its filters late, where Django no longer takes their errors for wrong filters: the year 99999.
    """

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register the models with lists whose cost has a bound, also those of libraries."""
        super().register(model_or_iterable, admin_class, **options)
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        lists: list[Any] = [self._registry[model] for model in models if model in self._registry]
        for found in lists:
            found.show_full_result_count = False
            if found.paginator is Paginator:
                found.paginator = BoundedPaginator

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002  (Django's)
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refusal = self._guard_children(request)
            if refusal is not None:
                return refusal
            try:
                response: HttpResponseBase = view(request, *args, **kwargs)
            except (DataError, OverflowError, ValueError):
                if request.method == "POST" or not request.GET.keys() - {ERROR_FLAG}:
                    raise
                logger.warning("wrong filters on %s", request.path, exc_info=True)
                return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
            return response

        return super().admin_view(guarded, cacheable)

    def _guard_children(self, request: HttpRequest) -> HttpResponse | None:
        if not self.has_permission(request):
            return None  # `super().admin_view` answers
        shown = self.shown_at(request.path_info)
        return child_records.guard(request, *shown) if shown is not None else None

    def shown_at(self, path: str) -> tuple["ModelAdmin[Any]", str] | None:
        """The model behind a page's path and the id of its row, empty for a list; None where the page shows neither.

        Every address under a model counts, those that a model's admin adds included.
        """
        app_label, model_name, object_id, *_ = [*path.removeprefix(reverse("admin:index")).split("/"), "", "", ""]
        if (app_label, model_name) == ("autocomplete", ""):
            app_label, model_name = "accounts", "user"
        found = {(model._meta.app_label, model._meta.model_name): options for model, options in self._registry.items()}
        options = found.get((app_label, model_name))
        if options is None or object_id == "add":
            return None
        return options, object_id

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002  (Django's)
        """Lead staff to the index. The only log-in is /accounts/login/, which has the limits and the codes."""
        if self.has_permission(request):
            return redirect("admin:index")
        raise Http404

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        if request.method == "POST":
            get_adapter(request).logout(request)
        return redirect("account_logout" if request.user.is_authenticated else "home")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        return redirect("account_change_password")
