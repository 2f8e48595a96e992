from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from feeds import pages, services
from feeds.models import CoPractice
from feeds.views.doors import for_viewers
from viral_engine.accounts.cards import Card
from viral_engine.accounts.models import User
from viral_engine.accounts.visitors import signed_in
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
from viral_engine.learning.services import DeckClosed, TooFewQuestions


@require_POST
@for_viewers
def begin(request: HttpRequest, viewer: Card) -> HttpResponse:
    friend = request.POST.get("friend", "")
    if not friend.isdecimal() or int(friend) not in viewer.friends:
        messages.info(request, "You practice together with friends. Ask them to be yours first.")
        return redirect("feeds:feed")
    skill = get_object_or_404(Skill, slug=request.POST.get("skill", ""))
    try:
        found = services.practice_together(
            host=signed_in(request), friend=User.objects.get(pk=int(friend)), skill=skill, at=now()
        )
    except TooFewQuestions:
        messages.error(request, f"{skill.name} has too few questions for two. Pick another skill.")
        return redirect("feeds:feed")
    return redirect("feeds:together", found.pk)


@require_safe
@for_viewers
def together(request: HttpRequest, viewer: Card, together_id: int) -> HttpResponse:
    found = _together_for(viewer, together_id)
    context = {"together": found, "players": pages.players_of(found), "viewer_id": viewer.id}
    return render(request, "feeds/together.html", context)


@require_POST
@for_viewers
def join(request: HttpRequest, viewer: Card, together_id: int) -> HttpResponse:
    found = _together_for(viewer, together_id)
    try:
        attempt = services.join_together(together=found, player=signed_in(request), at=now())
    except DeckClosed:
        messages.info(request, "These questions have closed. Start a new round together.")
        return redirect("feeds:feed")
    return redirect("learning:attempt", attempt.pk)


def _together_for(viewer: Card, together_id: int) -> CoPractice:
    related = CoPractice.objects.of(viewer.id).select_related("host", "friend", "deck__skill__subject")
    return get_object_or_404(related, pk=together_id)
