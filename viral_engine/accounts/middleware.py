"""Cookies and headers that a log-in or log-out leaves in the browser."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from viral_engine.accounts.identity import forget_guest, remember_log_in

Handler = Callable[[HttpRequest], HttpResponse]


def visits_end(get_response: Handler) -> Handler:
    """Remember a browser that logged in, and clear one that logged out.

    The device's id and its age-gate answer stay, because they bind a device and not a person.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.META.get("viral.logged_out"):
            forget_guest(response)
            response["Clear-Site-Data"] = '"cache", "storage"'
        if user_id := request.META.get("viral.logged_in"):
            remember_log_in(request, response, user_id)
        return response

    return middleware
