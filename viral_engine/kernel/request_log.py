"""Each request has an id, which every line it causes carries, in tasks as well."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RequestLog(RequestMiddleware):
    """A request is named by its route: paths hold tokens, and queries hold what people typed."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match = request.resolver_match
        return f"{request.method} /{match.route}" if match is not None else str(request.method)
