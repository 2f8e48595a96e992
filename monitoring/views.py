from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError


@require_safe
def health(_: HttpRequest) -> JsonResponse:
    """200 when every needed part answers, else 503; strangers learn no more than that."""
    is_well = _database_answers() and _redis_answers()
    response = JsonResponse({"status": "ok" if is_well else "unavailable"}, status=200 if is_well else 503)
    response["Cache-Control"] = "no-store"
    return response


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    if not settings.REDIS_URL:
        return True
    try:
        cache.get("health")
    except RedisError:
        return False
    return True
