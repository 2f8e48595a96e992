from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from feeds import queries
from feeds.decorators import room_access_required
from feeds.models import CoPractice
from feeds.services import co_practice
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import User
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.clock import now
from viral_engine.kernel.converters import read_id
from viral_engine.learning.models import Skill
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.learning.services.decks import DeckClosed


@require_POST
@room_access_required
def begin(request: HttpRequest, viewer: ViewerProfile) -> HttpResponse:
    friend_id = read_id(request.POST.get("friend"))
    if friend_id is None or friend_id not in viewer.friends:
        messages.info(request, "You can practice together with friends. Ask them to be friends first.")
        return redirect("feeds:feed")
    skill = get_object_or_404(Skill, slug=request.POST.get("skill", ""))
    try:
        found = co_practice.start_co_practice(
            host=require_user(request), friend=User.objects.get(pk=friend_id), skill=skill, at=now()
        )
    except TooFewQuestions:
        messages.error(request, f"{skill.name} has too few questions for two. Pick another skill.")
        return redirect("feeds:feed")
    return redirect("feeds:together", found.pk)


@require_safe
@room_access_required
def study_buddies(request: HttpRequest, viewer: ViewerProfile, slug: str) -> HttpResponse:
    """A part of a result: choose a friend for the same five questions of the skill."""
    skill = get_object_or_404(Skill, slug=slug)
    context = {"skill": skill, "buddies": queries.study_buddies(viewer)}
    return render(request, "feeds/_study_buddies.html", context)


@require_safe
@room_access_required
def together(request: HttpRequest, viewer: ViewerProfile, together_id: int) -> HttpResponse:
    found = _together_for(viewer, together_id)
    context = {"co_practice": found, "participants": queries.participants_of(found), "viewer_id": viewer.id}
    return render(request, "feeds/co_practice.html", context)


@require_POST
@room_access_required
def join(request: HttpRequest, viewer: ViewerProfile, together_id: int) -> HttpResponse:
    found = _together_for(viewer, together_id)
    try:
        attempt = co_practice.join_co_practice(co_practice=found, player=require_user(request), at=now())
    except DeckClosed:
        messages.info(request, "These questions have expired. Start a new practice together.")
        return redirect("feeds:feed")
    return redirect("learning:attempt", attempt.pk)


def _together_for(viewer: ViewerProfile, together_id: int) -> CoPractice:
    related = CoPractice.objects.seen_by(viewer).select_related("host", "friend", "deck__skill__subject")
    return get_object_or_404(related, pk=together_id)
