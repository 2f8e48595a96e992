from typing import Any

from django.conf import settings
from django.http import HttpRequest

from viral_engine.kernel.client_identity import client_ip
from viral_engine.kernel.networks import is_inside


def is_staff_network(request: HttpRequest) -> bool:
    """Whether the request comes from a network where staff pages exist; from anywhere when no list is set."""
    return not settings.ADMIN_ALLOWED_NETWORKS or is_inside(client_ip(request), settings.ADMIN_ALLOWED_NETWORKS)


def is_staff_socket(scope: dict[str, Any]) -> bool:
    """`is_staff_network` for the handshake of a socket."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    request = HttpRequest()
    request.META = {
        "REMOTE_ADDR": (scope.get("client") or [""])[0],
        "HTTP_X_FORWARDED_FOR": headers.get("x-forwarded-for", ""),
    }
    return is_staff_network(request)
