"""Pages of a shown badge."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from loops.achievement_spotlight.loop import PURPOSE
from loops.core.decks import try_deck
from loops.core.share import LinkPreview
from loops.core.views.decks import deck_page, play_deck
from loops.core.views.link_access import open_link_required
from loops.models import Link
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.learning.models import Achievement, Attempt


@require_safe
@open_link_required(PURPOSE)
def badge(request: HttpRequest, link: Link) -> HttpResponse:
    """A badge for a friend, with a few questions to try."""
    context = deck_page(request, link, link.shown_badge.deck, PURPOSE, now())
    earned = link.shown_badge.achievement
    context |= {"badge": earned, "preview": _preview(earned, context["name"])}
    return render(request, "loops/achievement_spotlight/landing.html", context)


def _preview(badge: Achievement, name: str) -> LinkPreview:
    return LinkPreview(
        title=f"{name} earned a badge: {badge.title}",
        description="Try three easy questions: about a minute, no account needed.",
        picture=f"{name} earned the badge {badge.title}",
    )


@limited("play", limit=300, window_s=60)
@require_POST
def try_it(request: HttpRequest, token: str) -> HttpResponse:
    return play_deck(request, token, PURPOSE, _try)


def _try(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    return try_deck(link=link, deck=link.shown_badge.deck, owner=owner, at=at)
