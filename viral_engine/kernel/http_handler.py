"""Django's ASGI handler, with all middleware and the view in one thread."""

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class OneThreadHandler(ASGIHandler):
    """Cross from the event loop to a thread once a request.

    Our middleware and views are synchronous. The stock handler takes them for asynchronous at the core: it goes to a
    thread for the middleware, back to the loop for the view, and to the thread again. That is about 0.8 ms of CPU, more
    than a tenth of a small page. An asynchronous view still runs on the loop.
    """

    def __init__(self) -> None:
        super(ASGIHandler, self).__init__()  # the stock __init__ loads the middleware as asynchronous
        self.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def http_application() -> OneThreadHandler:
    """Set Django up, as `get_asgi_application` does."""
    django.setup(set_prefix=False)
    return OneThreadHandler()
