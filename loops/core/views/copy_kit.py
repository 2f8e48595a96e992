from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loops.core.queries import copy_kit
from loops.core.registry import LOOPS
from loops.core.views.cards import BROWSER_CACHE_S
from loops.media.looks import CardDesign, CardLook
from viral_engine.staff.access import staff_required

KINDS = ("card", "story")


@staff_required("loops.view_loop")
@require_safe
def show_copy_kit(request: HttpRequest) -> HttpResponse:
    """All copy of the loops, by language and variant. Cost  2 queries beyond session, user and permissions."""
    return render(request, "loops/copy_kit.html", {"kit": copy_kit(), "designs": list(CardDesign)})


@staff_required("loops.view_loop")
@require_safe
def show_sample_card(_: HttpRequest, name: str, design: str, kind: str) -> HttpResponse:
    """The card of a loop with made-up facts, as a link preview or a story. Cost  no query of its own."""
    card = LOOPS[name].sample_card if name in LOOPS else None
    if card is None or design not in list(CardDesign) or kind not in KINDS:
        raise Http404
    png = card.draw(CardLook(CardDesign(design), is_story=kind == "story"))
    return HttpResponse(png, content_type="image/png", headers={"Cache-Control": f"private, max-age={BROWSER_CACHE_S}"})
