"""The gate of outbound connections: a host that is not in the vendor register is refused, with a log line."""

import ipaddress
import logging
from typing import Any, Protocol

import httpx
from django.conf import settings

from viral_engine.kernel.outbound.vendors import vendor_at

logger = logging.getLogger(__name__)
TIMEOUT = httpx.Timeout(10, connect=3)


class OutboundRefused(ConnectionError):
    """The host is not in the vendor register, or its vendor has given no written assurance."""


class OutboundFailed(Exception):
    """The connection failed; it may succeed later. The text is the kind of the error."""


def require_vendor(host: str) -> None:
    """Let a connection to this host pass.

    Raises  OutboundRefused for a host outside of the register and, in production, for a vendor of personal data
            without a written assurance.
    """
    if settings.OUTBOUND_LOOPBACK and is_loopback(host):
        return
    vendor = vendor_at(host)
    if vendor is None:
        _refuse(f"{host or 'an empty host'} is not in the vendor register (kernel/outbound/vendors.py)")
    elif settings.PRODUCTION and vendor.gets_personal_data and vendor.assured_on is None:
        _refuse(f"{vendor.key} has given no written assurance: set VENDOR_ASSURANCES")


def _refuse(reason: str) -> None:
    logger.error("outbound connection refused: %s", reason)
    raise OutboundRefused(reason)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def http_client(**options: Any) -> httpx.Client:
    """An HTTP client whose every request, redirects included, passes the gate. Close it after use."""
    return httpx.Client(event_hooks={"request": [check_request]}, **options)


class HasHost(Protocol):
    @property
    def host(self) -> str: ...


class HasUrl(Protocol):
    """A request of any HTTP library that has httpx's shape; anthropic brings its own."""

    @property
    def url(self) -> HasHost: ...


def check_request(request: HasUrl) -> None:
    """Let a request pass; for the hooks of an HTTP client. Raises  OutboundRefused."""
    require_vendor(request.url.host)


async def check_request_later(request: HasUrl) -> None:
    """As `check_request`, for the hooks of an asynchronous client."""
    check_request(request)


def post_json(url: str, body: dict[str, Any], *, timeout: httpx.Timeout | float) -> httpx.Response:
    """POST once, without following redirects.

    Raises  OutboundRefused; OutboundFailed; ValueError for an address that is not valid.
    """
    try:
        with http_client(timeout=timeout, follow_redirects=False) as client:
            return client.post(url, json=body)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise ValueError("not an address") from None
    except httpx.HTTPError as failure:
        raise OutboundFailed(type(failure).__name__) from None
