"""Give each request an id that all its log lines carry, and its answer, including those of tasks it starts."""

import re
import uuid
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

# Health checks by machines, every few seconds: they are logged only when they fail.
PROBES = frozenset({"/api/health", "/api/health/live", "/api/ready", "/metrics"})
SERVER_ERROR = 500  # the lowest status of a server error
HEADER = "X-Request-ID"
# As nginx, load balancers and tracers write them. Any other text may name a person, and the log keeps ids unscrubbed.
REQUEST_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class RequestLog(RequestMiddleware):
    """Log requests by route: a path may hold a token, and a query may hold text that a person typed.

    Behind our own proxy the request keeps the id that the proxy gave it; the answer names the id in X-Request-ID.
    """

    def prepare(self, request: HttpRequest) -> None:
        sent = request.META.pop("HTTP_X_REQUEST_ID", "")
        if settings.TRUSTED_PROXY_HOPS and REQUEST_ID.fullmatch(sent):
            request.META["HTTP_X_REQUEST_ID"] = sent
        if request.path_info in PROBES:
            structlog.contextvars.bind_contextvars(request_id=sent if self._is_kept(request) else str(uuid.uuid4()))
        else:
            super().prepare(request)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        request_id: Any = structlog.contextvars.get_contextvars().get("request_id", "")
        if request.path_info in PROBES and response.status_code < SERVER_ERROR:
            structlog.contextvars.clear_contextvars()
        else:
            super().handle_response(request, response)
        response[HEADER] = request_id

    @staticmethod
    def _is_kept(request: HttpRequest) -> bool:
        return "HTTP_X_REQUEST_ID" in request.META

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match = request.resolver_match
        return f"{request.method} /{match.route}" if match is not None else str(request.method)
