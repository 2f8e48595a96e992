"""Pages of a challenge: its landing page, and the buttons that ask for one."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from feeds.decorators import room_access_required
from feeds.models import Activity
from loops.buddy_challenge import services
from loops.buddy_challenge.loop import PURPOSE
from loops.buddy_challenge.models import Challenge, ChallengeEntry
from loops.core.share import LinkPreview
from loops.core.views.decks import deck_page, play_deck
from loops.core.views.link_access import open_link_required
from loops.models import Link
from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services.friends import (
    REQUESTS,
    REQUESTS_S,
    TOO_MANY_REQUESTS,
    FriendshipRefused,
    request_friend,
)
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import allow, limited
from viral_engine.learning.models import Attempt, Result
from viral_engine.learning.services.attempts import start_practice


@require_safe
@open_link_required(PURPOSE)
def landing(request: HttpRequest, link: Link) -> HttpResponse:
    """The challenge for a friend; nothing is written until they press play."""
    context = deck_page(request, link, link.challenge.deck, PURPOSE, now())
    context |= {"challenge": link.challenge, "preview": _preview(link.challenge, context["name"])}
    return render(request, "loops/buddy_challenge/landing.html", context)


def _preview(challenge: Challenge, name: str) -> LinkPreview:
    score, skill = challenge.score_to_beat, challenge.deck.skill.name
    return LinkPreview(
        title=f"Can you beat {score}% in {skill}?",
        description="5 questions, about 2 minutes, no account needed.",
        picture=f"{name} scored {score}% in {skill}. Can you beat it?",
    )


@limited("play", limit=300, window_s=60)
@require_POST
def play(request: HttpRequest, token: str) -> HttpResponse:
    return play_deck(request, token, PURPOSE, _accept)


def _accept(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    return services.accept_challenge(challenge=link.challenge, owner=owner, at=at)


@login_required_at("learning:result", "attempt_id")
@require_POST
def challenge_a_friend(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Open the challenge this result already has, or make one."""
    result = get_object_or_404(
        Result.objects.select_related("skill", "attempt"), attempt_id=attempt_id, attempt__user=request.user
    )
    choice = services.challenge_with(result=result, at=now())
    if choice.link is not None:
        return redirect("loops:share_sheet", choice.link.code)
    messages.info(request, f"No challenge this time. {choice.message}")
    return redirect("learning:result", attempt_id)


@login_required_at("learning:result", "attempt_id")
@require_POST
def befriend(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Ask the challenger to be friends, after playing their challenge."""
    me = require_user(request)
    entries = ChallengeEntry.objects.select_related("challenge__link__referrer")
    entry = get_object_or_404(entries, attempt_id=attempt_id, attempt__user=me)
    if not allow("friend_request", str(me.pk), limit=REQUESTS, window_s=REQUESTS_S):
        messages.info(request, TOO_MANY_REQUESTS)
        return redirect("learning:result", attempt_id)
    try:
        request_friend(asker=me, asked=entry.challenge.link.referrer, at=now())
    except FriendshipRefused as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, "We've asked them. You see the answer on your friends page.")
    return redirect("learning:result", attempt_id)


@require_POST
@room_access_required
def challenge_back(request: HttpRequest, viewer: ViewerProfile, activity_id: int) -> HttpResponse:
    """Answer an activity with the learner's own latest result in its skill; without one, practice starts at once."""
    activity = get_object_or_404(Activity.objects.visible_to(viewer).select_related("skill__subject"), pk=activity_id)
    skill = activity.skill  # an attempt at a whole subject has no skill and cannot be a challenge
    if activity.actor_id == viewer.id or not activity.is_answerable or skill is None:
        messages.info(request, "You cannot challenge back here.")
        return redirect("feeds:feed")
    own = Result.objects.of(viewer.id).filter(skill=skill).select_related("attempt").order_by("-finished_at").first()
    if own is None:
        attempt = start_practice(user=require_user(request), skill=skill, at=now())
        messages.info(request, f"Answer five questions in {skill.name}. Your score becomes the challenge.")
        return redirect("learning:attempt", attempt.pk)
    choice = services.challenge_back(activity=activity, result=own, skill=skill, at=now())
    if choice.link is None:
        messages.info(request, f"No challenge this time. {choice.message}")
        return redirect("feeds:feed")
    messages.success(request, "We've notified them. You can also send it yourself.")
    return redirect("loops:share_sheet", choice.link.code)
