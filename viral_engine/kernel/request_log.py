"""Give each request an id that all its log lines carry, including those of tasks it starts."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RequestLog(RequestMiddleware):
    """Log requests by route: a path may hold a token, and a query may hold text that a person typed."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match = request.resolver_match
        return f"{request.method} /{match.route}" if match is not None else str(request.method)
