"""Errors as `application/problem+json` (RFC 9457). Each code is documented in docs/api.md."""

import json
from typing import Any

from django.http import HttpRequest, JsonResponse

from viral_engine.kernel.error_pages import RETRY_AFTER_S

CONTENT_TYPE = "application/problem+json"
TITLES = {
    "action_refused": "Trust and safety refused the action",
    "bad_cursor": "The cursor is none of this API's",
    "body_too_large": "The body is too large",
    "cohort_unknown": "The program has brought no such cohort",
    "consent_missing": "A parent has not agreed",
    "event_in_the_future": "The event lies in the future",
    "event_too_old": "The event is too old",
    "idempotency_key_invalid": "The idempotency key is not valid",
    "idempotency_key_reused": "The idempotency key belongs to another request",
    "invalid": "The request is not valid",
    "key_missing_or_invalid": "The API key is missing, wrong, expired or revoked",
    "link_not_theirs": "The person has no such live link",
    "loop_unknown": "There is no such loop",
    "name_taken": "Another cohort has this name",
    "not_a_roster": "The file cannot be read",
    "not_offered": "The loop is not offered now",
    "not_found": "There is no such thing",
    "not_json": "The body is not JSON",
    "person_differs": "The person has another role or birthdate",
    "person_unavailable": "The account is closed or blocked",
    "person_unknown": "The program has brought no such person",
    "request_in_progress": "The same request is being answered",
    "scope_missing": "The key may not do this",
    "skill_unknown": "There is no such skill or subject",
    "too_many_requests": "Too many requests",
    "unavailable": "The site cannot answer right now",
    "unknown_event": "Events of this type are not accepted",
}


class Refusal(Exception):
    """The request is answered with a problem. Raised in a transaction, it undoes what was written."""

    def __init__(self, status: int, code: str, detail: str = "", **more: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.more = status, code, detail, more
        self.headers: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        problem = {"type": f"urn:problem:{self.code}", "title": TITLES[self.code], "status": self.status}
        return problem | {"code": self.code, "detail": self.detail or TITLES[self.code]} | self.more


def answer(refusal: Refusal) -> JsonResponse:
    return JsonResponse(
        refusal.body(), status=refusal.status, content_type=CONTENT_TYPE, headers=refusal.headers or None
    )


def as_text(refusal: Refusal) -> tuple[int, str]:
    """Status and JSON of a problem that is an answer: it is stored with its idempotency key, and nothing is undone."""
    return refusal.status, json.dumps(refusal.body())


def file_answer(*kinds: str) -> dict[str, Any]:
    """The document's description of an operation that answers with a file."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return {"responses": {200: {"description": "The file", "content": content}}}


def too_many(wait_s: int) -> Refusal:
    refusal = Refusal(429, "too_many_requests", f"Try again in {wait_s} seconds.")
    refusal.headers["Retry-After"] = str(wait_s)
    return refusal


def unavailable() -> Refusal:
    """The database is away."""
    refusal = Refusal(503, "unavailable")
    refusal.headers["Retry-After"] = str(RETRY_AFTER_S)
    return refusal


def unauthorized() -> Refusal:
    refusal = Refusal(401, "key_missing_or_invalid", "Send a key as `Authorization: Bearer vge_...`.")
    refusal.headers["WWW-Authenticate"] = "Bearer"
    return refusal


def not_found(_: HttpRequest, **__: object) -> JsonResponse:
    """Answer addresses that the API does not have."""
    return answer(Refusal(404, "not_found"))
