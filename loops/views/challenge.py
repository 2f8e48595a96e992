from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from loops.buddy_challenge.services import OwnChallenge, accept_challenge
from loops.models import Link
from loops.share import inviter_name, share_pack
from loops.views.gone import gone, open_link
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services import start_guest
from viral_engine.accounts.visitors import device_of, remember_device, remember_guest, visitor_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.kernel.origin import hashed_ip
from viral_engine.learning.services import DeckClosed


@require_safe
def landing(request: HttpRequest, token: str) -> HttpResponse:
    """The challenge as a friend meets it; nothing is written until they press play."""
    at = now()
    link, status = open_link(token, "challenge", at)
    if link is None:
        return gone(request, status)
    visitor = visitor_of(request)
    context = {
        "challenge": link.challenge,
        "token": token,
        "name": inviter_name(link, at),
        "pack": share_pack(link),
        "is_mine": visitor.user is not None and visitor.user.pk == link.inviter_id,
        "is_over": not link.challenge.deck.is_open(at),
    }
    return render(request, "loops/challenge.html", context)


@limited("play", limit=300, window_s=60)
@require_POST
def play(request: HttpRequest, token: str) -> HttpResponse:
    """Straight into the deck, signed in or not."""
    link, status = open_link(token, "challenge", now())
    if link is None:
        return gone(request, status)
    owner, device = _owner(request, link)
    try:
        attempt = accept_challenge(challenge=link.challenge, owner=owner, at=now())
    except OwnChallenge:
        return redirect("loops:share_sheet", link.code)
    except DeckClosed:
        return gone(request, 410)
    response = redirect("learning:attempt", attempt.pk)
    if isinstance(owner, Guest):
        remember_guest(response, owner)
        remember_device(response, device)
    return response


def _owner(request: HttpRequest, link: Link) -> tuple[User | Guest, str]:
    visitor = visitor_of(request)
    device, device_hash = device_of(request)
    if visitor.user is not None:
        return visitor.user, device
    # A guest who signed up and logged out is a new guest: the old one's answers belong to the account.
    if visitor.guest is not None and visitor.guest.user_id is None:
        return visitor.guest, device
    ip_hash = hashed_ip(request)
    return start_guest(device=device_hash, ip_hash=ip_hash, link_code=link.code, at=now()), device
