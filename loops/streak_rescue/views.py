"""Pages of a rescue."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from loops.core.share import LinkPreview
from loops.core.views.decks import deck_page, play_deck
from loops.core.views.link_access import open_link_required
from loops.models import Link
from loops.streak_rescue.loop import PURPOSE
from loops.streak_rescue.models import Rescue
from loops.streak_rescue.queries import rescue_players
from loops.streak_rescue.services import join_rescue
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.learning.models import Attempt


@require_safe
@open_link_required(PURPOSE)
def rescue(request: HttpRequest, link: Link) -> HttpResponse:
    """Show the rescue to both sides, with the progress of each; nothing is written until a button is pressed."""
    context = deck_page(request, link, link.rescue.deck, PURPOSE, now())
    players = rescue_players(link.rescue, me=context["played"], is_mine=context["is_mine"], name=context["name"])
    context |= {"rescue": link.rescue, "players": players, "preview": _preview(link.rescue)}
    return render(request, "loops/streak_rescue/landing.html", context)


def _preview(rescue: Rescue) -> LinkPreview:
    streak = f"a streak of {rescue.streak_days} day{'' if rescue.streak_days == 1 else 's'}"
    return LinkPreview(
        title=f"Save {streak}",
        description="10 questions together, about 5 minutes, no account needed.",
        picture=f"{streak.capitalize()} is about to be lost. Save it together.",
    )


@limited("play", limit=300, window_s=60)
@require_POST
def join(request: HttpRequest, token: str) -> HttpResponse:
    return play_deck(request, token, PURPOSE, _join)


def _join(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    return join_rescue(rescue=link.rescue, owner=owner, at=at)
