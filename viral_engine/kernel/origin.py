"""Where a request comes from: its address and device, and how they are kept (hashed, never plain)."""

import hashlib
import hmac

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The address our outermost trusted proxy saw; X-Forwarded-For counts only for proxies of ours."""
    hops: int = settings.TRUSTED_PROXY_HOPS
    if hops:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(forwarded) >= hops:
            return forwarded[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def keyed_hash(purpose: str, value: str) -> str:
    """32 hex characters; the same value under another purpose or another site's key cannot be matched."""
    return keyed_hashes(purpose, value)[0]


def keyed_hashes(purpose: str, value: str) -> list[str]:
    """The hash under the site's key, and under each key it had before: what was stored then is still found."""
    keys = [f"{purpose}:{key}".encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return [hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32] for key in keys]


def hashed_ip(request: HttpRequest) -> str:
    return keyed_hash("ip", client_ip(request))
