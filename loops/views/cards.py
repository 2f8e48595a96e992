from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from loops.registry import loop_of
from loops.views.gone import gone, open_link
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.kernel.origin import keyed_hash

CACHE_S = 24 * 3600
BROWSER_CACHE_S = 600  # short: a withdrawn card must go dark


@limited("card", limit=600, window_s=60)
@require_safe
def card(request: HttpRequest, token: str) -> HttpResponse:
    """The picture that goes with a link, drawn once a day at the most. The name on it is checked at every request."""
    at = now()
    link, status = open_link(token, "card", at)
    if link is None:
        return gone(request, status)
    picture = loop_of(link).picture(link, at)
    key = f"card:{link.code}:{keyed_hash('card', repr(picture.says))}"
    png = cache.get(key)
    if png is None:
        png = picture.draw()
        cache.set(key, png, CACHE_S)
    response = HttpResponse(png, content_type="image/png")
    response["Cache-Control"] = f"public, max-age={BROWSER_CACHE_S}"
    response["X-Robots-Tag"] = "noindex"
    return response
