"""Pages of a recap: the parent's own, and the landing page for another parent."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from loops.core.decks import try_deck
from loops.core.links import deactivation_reason, token_for
from loops.core.prompts import show_prompt
from loops.core.referees import record_arrival
from loops.core.registry import share_pack_for
from loops.core.share import LinkPreview
from loops.core.views.cards import BROWSER_CACHE_S
from loops.core.views.decks import deck_page, play_deck
from loops.core.views.link_access import link_unavailable, open_link_required
from loops.models import Link, Prompt
from loops.proud_parent.consent import child_name, is_shareable
from loops.proud_parent.models import Recap, RecapReel
from loops.proud_parent.queries import HAS_VIDEO, PURPOSE, REEL_PURPOSE, live_link_of, newest_link_of, reel_state
from loops.proud_parent.services import ask_to_share
from viral_engine.accounts.identity import login_required_at, participant_of, require_user
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import now, today
from viral_engine.kernel.limiter import limited
from viral_engine.learning.models import Attempt

MAX_RECAPS = 26  # half a year of one child


@login_required
@require_safe
def recaps(request: HttpRequest) -> HttpResponse:
    mine = Recap.objects.all().readable_by(require_user(request).pk)[:MAX_RECAPS]
    return render(request, "loops/proud_parent/recaps.html", {"recaps": mine})


def _own(request: HttpRequest, recap_id: int) -> Recap:
    return get_object_or_404(Recap.objects.all().readable_by(require_user(request).pk), pk=recap_id)


@login_required
@require_safe
def recap(request: HttpRequest, recap_id: int) -> HttpResponse:
    """Show the recap with its share sheet and reel, or explain how to agree to sharing."""
    week, at = _own(request, recap_id), now()
    link = newest_link_of(week)
    reason = deactivation_reason(link, at) if link else ""
    is_open = link is not None and not reason
    context = {
        "recap": week,
        "link": link if is_open else None,
        "pack": share_pack_for(link) if link and is_open else None,
        "prompt": _shown_prompt(link.pk, at) if link and is_open else None,
        "reel": reel_state(link) if link and is_open else None,
        "deactivation_reason": reason,
        "is_shareable": is_open or is_shareable(week, today(at)),
    }
    return render(request, "loops/proud_parent/recap.html", context)


def _shown_prompt(link_id: int, at: datetime) -> Prompt | None:
    """The offer of the link, counted as shown; None for a link the parent asked for. 1 query, more the first time."""
    prompt = Prompt.objects.filter(link=link_id).select_related("loop", "link").first()
    if prompt is not None:
        show_prompt(prompt=prompt, at=at)
    return prompt


@login_required
@require_safe
def recap_reel(request: HttpRequest, recap_id: int) -> HttpResponse:
    """The state of the reel alone; the page polls it until it is ready."""
    link = live_link_of(_own(request, recap_id), now())
    context = {"recap": {"pk": recap_id}, "reel": reel_state(link) if link else None}
    return render(request, "loops/proud_parent/_reel.html", context)


@login_required_at("loops:recap", "recap_id")
@require_POST
def share_recap(request: HttpRequest, recap_id: int) -> HttpResponse:
    """Open the link this recap already has, or make one."""
    week = _own(request, recap_id)
    choice = ask_to_share(recap=week, at=now())
    if choice.link is None:
        messages.info(request, f"Not this time. {choice.message}")
    return redirect("loops:recap", week.pk)


@require_safe
@open_link_required(PURPOSE)
def parent_landing(request: HttpRequest, link: Link) -> HttpResponse:
    """The recap, the class pass and five questions to try; nothing is written until a button is pressed."""
    at, recap = now(), link.recap_share.recap
    made = RecapReel.objects.filter(share=link.recap_share, made_at__isnull=False).values_list(HAS_VIDEO).first()
    context = deck_page(request, link, link.recap_share.deck, PURPOSE, at)
    week = f"A week of learning: {recap.headline}"
    text = "Try five questions, no account needed. A class pass waits for you."
    context |= {
        "recap": recap,
        "child": child_name(recap.child, today(at)),
        "preview": LinkPreview(title=week, description=text, picture=week),
        "reel_token": token_for(link, REEL_PURPOSE) if made else "",
        "has_video": bool(made and made[0]),
    }
    return render(request, "loops/proud_parent/landing.html", context)


@limited("try_out", limit=300, window_s=60)
@require_POST
def try_out(request: HttpRequest, token: str) -> HttpResponse:
    return play_deck(request, token, PURPOSE, _try)


def _try(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    return try_deck(link=link, deck=link.recap_share.deck, owner=owner, at=at)


@limited("join", limit=300, window_s=60)
@require_POST
@open_link_required(PURPOSE)
def join_as_parent(request: HttpRequest, link: Link) -> HttpResponse:
    """Lead to the sign-up with a guest cookie, so that the link is credited even without /r/."""
    if request.user.is_authenticated:
        return redirect("home")
    player = participant_of(request, link_code=link.code, at=now())
    record_arrival(link=link, owner=player.owner, at=now())
    query = urlencode({"role": "parent", "next": reverse("loops:rewards")})
    return player.remember(redirect(f"{reverse('accounts:sign_up')}?{query}"))


@limited("card", limit=600, window_s=60)
@require_safe
@open_link_required(REEL_PURPOSE)
def reel(request: HttpRequest, link: Link) -> HttpResponse:
    """The reel of a recap as an animated WebP; 410 once its link ended, 404 until it is drawn."""
    return _film(request, link, "webp", "image/webp")


@limited("card", limit=600, window_s=60)
@require_safe
@open_link_required(REEL_PURPOSE)
def reel_video(request: HttpRequest, link: Link) -> HttpResponse:
    """As `reel`, as an MP4; 404 also where the worker that drew it has no ffmpeg."""
    return _film(request, link, "mp4", "video/mp4")


def _film(request: HttpRequest, link: Link, column: str, content_type: str) -> HttpResponse:
    made = RecapReel.objects.filter(share__link=link, made_at__isnull=False).values_list(column, flat=True).first()
    if made is None:
        return link_unavailable(request, 404)
    response = HttpResponse(bytes(made), content_type=content_type)
    response["Cache-Control"] = f"public, max-age={BROWSER_CACHE_S}"
    response["X-Robots-Tag"] = "noindex"
    return response
