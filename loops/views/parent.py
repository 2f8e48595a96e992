"""A week of a child as another parent meets it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from loops.models import Link, RecapReel
from loops.proud_parent.consent import child_name
from loops.proud_parent.services import start_try_out
from loops.services.joiners import record_arrival
from loops.services.links import token_for
from loops.share import Preview
from loops.views.cards import BROWSER_CACHE_S
from loops.views.decks import deck_page, play_deck
from loops.views.gone import gone, of_open_link
from loops.views.players import player_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited


@require_safe
@of_open_link("parent")
def parent_landing(request: HttpRequest, link: Link) -> HttpResponse:
    """The week, the offer, and five questions to try; nothing is written until a button is pressed."""
    at, recap = now(), link.recap_share.recap
    made = RecapReel.objects.filter(share=link.recap_share, made_at__isnull=False)
    context = deck_page(request, link, link.recap_share.deck, token_for(link, "parent"), at)
    week = f"A week of learning: {recap.headline}"
    text = "Try five questions, no account needed. A class pass waits for you."
    context |= {
        "recap": recap,
        "child": child_name(recap.child, at.date()),
        "preview": Preview(title=week, description=text, picture=week),
        "reel_token": token_for(link, "reel") if made.exists() else "",
    }
    return render(request, "loops/parent.html", context)


@limited("try_out", limit=300, window_s=60)
@require_POST
def try_out(request: HttpRequest, token: str) -> HttpResponse:
    return play_deck(request, token, "parent", start_try_out)


@limited("join", limit=300, window_s=60)
@require_POST
@of_open_link("parent")
def join_as_parent(request: HttpRequest, link: Link) -> HttpResponse:
    """On to the sign-up, in a browser that is known: whoever never came by /r/ is owed to the link as well."""
    if request.user.is_authenticated:
        return redirect("home")
    player = player_of(request, link)
    record_arrival(link=link, owner=player.owner, at=now())
    query = urlencode({"role": "parent", "next": reverse("loops:rewards")})
    return player.remember(redirect(f"{reverse('accounts:sign_up')}?{query}"))


@limited("card", limit=600, window_s=60)
@require_safe
@of_open_link("reel")
def reel(request: HttpRequest, link: Link) -> HttpResponse:
    """The film of a week; dark with its link, and 404 until it is made."""
    webp = RecapReel.objects.filter(share__link=link, made_at__isnull=False).values_list("webp", flat=True).first()
    if webp is None:
        return gone(request, 404)
    response = HttpResponse(bytes(webp), content_type="image/webp")
    response["Cache-Control"] = f"public, max-age={BROWSER_CACHE_S}"
    response["X-Robots-Tag"] = "noindex"
    return response
