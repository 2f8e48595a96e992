"""The IP address behind a request, and the keyed hashes under which identifying values are stored."""

import hashlib
import hmac

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the address that our outermost trusted proxy saw; X-Forwarded-For counts only for our own proxies."""
    hops: int = settings.TRUSTED_PROXY_HOPS
    if hops:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(forwarded) >= hops:
            return forwarded[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def keyed_hash(purpose: str, value: str) -> str:
    """Return 32 hex characters that cannot be matched with another purpose's or another site's hash of the value."""
    return keyed_hashes(purpose, value)[0]


def keyed_hashes(purpose: str, value: str) -> list[str]:
    """Return the hash under the site's key, then under each earlier key, so that older rows are still found."""
    keys = [f"{purpose}:{key}".encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return [hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32] for key in keys]


def hashed_ip(request: HttpRequest) -> str:
    return keyed_hash("ip", client_ip(request))
