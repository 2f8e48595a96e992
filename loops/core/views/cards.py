from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from loops.core.links import card_key
from loops.core.registry import loop_of
from loops.core.views.link_access import link_unavailable, open_link
from loops.media.looks import CardLook, design_named
from viral_engine.kernel.client_identity import keyed_hash
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited

CACHE_S = 24 * 3600
BROWSER_CACHE_S = 600  # short: a deactivated card must disappear


@limited("card", limit=600, window_s=60)
@require_safe
def card(request: HttpRequest, token: str, *, is_story: bool = False) -> HttpResponse:
    """The card of a link in its design, drawn at most once a day. The name on it is checked at every request."""
    at = now()
    link, status = open_link(token, "card", at)
    if link is None:
        return link_unavailable(request, status)
    face = loop_of(link).share_card(link, at)
    look = CardLook(design_named(link.card_design), is_story)
    says, key = keyed_hash("card", repr((face.says, look))), card_key(link.code, is_story=is_story)
    drawn, png = cache.get(key) or ("", b"")
    if drawn != says:
        png = face.draw(look)
        cache.set(key, (says, png), CACHE_S)
    response = HttpResponse(png, content_type="image/png")
    response["Cache-Control"] = f"public, max-age={BROWSER_CACHE_S}"
    response["X-Robots-Tag"] = "noindex"
    return response
