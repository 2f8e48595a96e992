"""Requests that a program may repeat: the same answer to the same body, a refusal to another one."""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse

from viral_engine.api import problems
from viral_engine.api.models import ApiProgram, IdempotentRequest
from viral_engine.api.rules import body_hash

MAX_KEY = 80
LOCK_NOT_AVAILABLE = "55P03"  # of PostgreSQL: the first request holds its row for longer than the lock timeout
Answer = Callable[[], tuple[int, str]]  # status and JSON


def answer_once(request: HttpRequest, program: ApiProgram, work: Answer, *, at: datetime) -> HttpResponse:
    """Run the work in one transaction, or repeat the answer that this idempotency key already got.

    Without the header `Idempotency-Key` the work runs each time.

    Cost    2 statements beside the work's own; 2 for a repeated request.
    Raises  Refusal, 409: the key was used for another request, or its first request is still being answered.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        with transaction.atomic():
            return _response(*work())
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise problems.Refusal(400, "idempotency_key_invalid", f"Send 1 to {MAX_KEY} printable ASCII characters.")
    fresh = IdempotentRequest(
        program=program,
        key=key,
        request_hash=body_hash(request.method or "", request.get_full_path(), request.body),
        created_at=at,
    )
    with transaction.atomic():
        if not _claim(fresh):
            return _repeat(fresh)
        fresh.status, fresh.answer = work()
        fresh.save(update_fields=["status", "answer"])
        return _response(fresh.status, fresh.answer)


def _claim(fresh: IdempotentRequest) -> bool:
    """Insert the row; False when the key was used. Waits for a concurrent request with the same key."""
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        return False
    except OperationalError as error:
        if error.__cause__ is not None and LOCK_NOT_AVAILABLE in str(vars(type(error.__cause__)).get("sqlstate", "")):
            raise problems.Refusal(409, "request_in_progress", "Try again in a few seconds.") from error
        raise
    return True


def _repeat(fresh: IdempotentRequest) -> HttpResponse:
    first = IdempotentRequest.objects.get(program=fresh.program, key=fresh.key)
    if first.request_hash != fresh.request_hash:
        raise problems.Refusal(409, "idempotency_key_reused", "Use a new key for a new request.")
    response = _response(first.status, first.answer)
    response["Idempotent-Replayed"] = "true"
    return response


def _response(status: int, body: str) -> HttpResponse:
    kind = "application/json" if status < 400 else problems.CONTENT_TYPE  # noqa: PLR2004  (client errors)
    return HttpResponse(body, status=status, content_type=kind)
