"""Programs send a key in the Authorization header. Cookies open nothing here, so no page can ask in a person's name."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from viral_engine.api import problems
from viral_engine.api.models import ApiKey
from viral_engine.api.rules import MAX_BODY, SCOPES
from viral_engine.api.services.keys import find_key
from viral_engine.kernel.client_identity import client_ip
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import allow

MINUTE_S = 60
WRONG_KEYS_PER_MINUTE = 60  # of one address


class ApiRequest(HttpRequest):
    """A request whose key was checked."""

    auth: ApiKey


def token_of(request: HttpRequest) -> str:
    """The key in the Authorization header; empty without one."""
    mark, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if mark.lower() == "bearer" else ""


def check_key(token: str, *, address: str) -> ApiKey:
    """The key's row, and one request counted against its limit.

    Raises  Refusal: 401, or 429 for the key or for the address that tries wrong ones.
    """
    key = find_key(token, now())
    if key is None:
        if not allow("api_wrong_key", address, limit=WRONG_KEYS_PER_MINUTE, window_s=MINUTE_S):
            raise problems.too_many(MINUTE_S)
        raise problems.unauthorized()
    if not allow("api", str(key.pk), limit=key.requests_per_minute, window_s=MINUTE_S):
        raise problems.too_many(MINUTE_S)
    return key


def require_scope(key: ApiKey, scope: str) -> None:
    """Raises  Refusal, 403."""
    if scope not in key.scopes:
        raise problems.Refusal(403, "scope_missing", f"The key lacks the scope {scope}.")


class KeyWith(HttpBearer):
    """Lets a request pass whose key has this scope, and counts it against the key's limit.

    Raises  Refusal: 401, 403, 413 or 429.
    """

    openapi_description = "An API key, made in the admin: `Authorization: Bearer vge_...`."

    def __init__(self, scope: str) -> None:
        super().__init__()
        assert scope in SCOPES  # noqa: S101  (a scope is written in code)
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiKey:
        return self.authenticate(request, token_of(request))

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        key = check_key(token, address=client_ip(request))
        require_scope(key, self.scope)
        if int(request.headers.get("Content-Length") or 0) > MAX_BODY:
            raise problems.Refusal(413, "body_too_large", f"Send at most {MAX_BODY} bytes.")
        return key
