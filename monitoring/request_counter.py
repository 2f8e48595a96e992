"""Request counts of this process, taken outside Django, so that requests that Django failed to answer count too."""

import threading
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from monitoring.rules import Requests
from viral_engine.kernel.request_log import PROBES, SERVER_ERROR

Scope = dict[str, Any]
Handler = Callable[[HttpRequest], HttpResponse]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

REQUESTS = Counter("site_requests", "Requests answered", ["status"])  # 2xx | 3xx | 4xx | 5xx
for kind in ("2xx", "3xx", "4xx", "5xx"):
    REQUESTS.labels(kind)  # start at zero: a series that begins with its first error shows no increase
SECONDS = Histogram("site_request_seconds", "Seconds from request to answer", buckets=(0.05, 0.1, 0.3, 1, 3, 10))
# Routes are those of the URL conf, so their number has a bound; requests without a route share one label.
ROUTE_SECONDS = Histogram(
    "site_route_seconds", "Seconds of Django's answer, by route", ["route"], buckets=(0.05, 0.1, 0.3, 1, 3, 10)
)


def measure_routes(get_response: Handler) -> Handler:
    """Time each request by its route."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        try:
            return get_response(request)
        finally:
            match = request.resolver_match
            ROUTE_SECONDS.labels(f"/{match.route}" if match else "none").observe(perf_counter() - started)

    return middleware


class RequestCounter:
    """Requests since the last `take`; any thread may add."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = self._errors = 0

    def add(self, requests: Requests) -> None:
        with self._lock:
            self._count += requests.count
            self._errors += requests.errors

    def take(self) -> Requests:
        with self._lock:
            taken = Requests(self._count, self._errors)
            self._count = self._errors = 0
        return taken


def counting_requests(application: Application, tally: RequestCounter) -> Application:
    """Wrap the application and count its answers: 500 and above are errors, and so is a crash before any answer."""

    async def counting(scope: Scope, receive: Any, send: Any) -> None:
        if scope["path"] in PROBES:  # not counted: machines ask them
            await application(scope, receive, send)
            return
        started = perf_counter()
        status: int | None = None  # stays None when the client left before the answer

        async def noting(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await application(scope, receive, noting)
        except Exception:
            status = SERVER_ERROR
            raise
        finally:
            if status is not None:
                _count(status, perf_counter() - started, tally)

    return counting


def _count(status: int, took_s: float, tally: RequestCounter) -> None:
    REQUESTS.labels(f"{status // 100}xx").inc()
    SECONDS.observe(took_s)
    tally.add(Requests(1, int(status >= SERVER_ERROR)))
