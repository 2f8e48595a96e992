from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from loops.buddy_challenge.services import accept_challenge
from loops.models import Challenge, Link
from loops.share import Preview
from loops.views.decks import deck_page, play_deck
from loops.views.gone import gone, open_link
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.learning.models import Attempt


@require_safe
def landing(request: HttpRequest, token: str) -> HttpResponse:
    """The challenge as a friend meets it; nothing is written until they press play."""
    at = now()
    link, status = open_link(token, "challenge", at)
    if link is None:
        return gone(request, status)
    context = deck_page(request, link, link.challenge.deck, token, at)
    context |= {"challenge": link.challenge, "preview": _preview(link.challenge, context["name"])}
    return render(request, "loops/challenge.html", context)


def _preview(challenge: Challenge, name: str) -> Preview:
    score, skill = challenge.score_to_beat, challenge.deck.skill.name
    return Preview(
        title=f"Can you beat {score}% in {skill}?",
        description="5 questions, about 2 minutes, no account needed.",
        picture=f"{name} scored {score}% in {skill}. Can you beat it?",
    )


@limited("play", limit=300, window_s=60)
@require_POST
def play(request: HttpRequest, token: str) -> HttpResponse:
    return play_deck(request, token, "challenge", _accept)


def _accept(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    return accept_challenge(challenge=link.challenge, owner=owner, at=at)
