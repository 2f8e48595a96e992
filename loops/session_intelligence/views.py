"""Pages of a session's summary: insights, prep pack, and the landing page of a shared link."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from loops.core.decks import try_deck
from loops.core.registry import share_pack_for
from loops.core.share import LinkPreview
from loops.core.views.decks import deck_page, play_deck
from loops.core.views.link_access import open_link_required
from loops.models import Link
from loops.session_intelligence.models import SessionAction
from loops.session_intelligence.queries import insights_of, prep_of
from loops.session_intelligence.services.actions import ask_for_link
from loops.session_intelligence.services.recall import RecallRefused, recall_action
from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.learning.models import Attempt
from viral_engine.learning.queries.tutoring import session_page

PURPOSE = "session"


@login_required
@require_safe
def insights(request: HttpRequest, session_id: int) -> HttpResponse:
    """The summary and actions under a session; while the pipeline works, the page asks again every second."""
    person, at = require_user(request), now()
    page = insights_of(person, session_id, at)
    if page is None:
        if session_page(person, session_id, at) is None:
            raise Http404
        return HttpResponse(status=204)
    return render(request, "loops/session_intelligence/_insights.html", {"page": page})


@login_required
@require_safe
def prep(request: HttpRequest, session_id: int) -> HttpResponse:
    page = prep_of(require_user(request), session_id, now())
    if page is None:
        raise Http404
    link = page.action.link
    context = {"page": page, "link": link, "pack": share_pack_for(link) if link else None}
    return render(request, "loops/session_intelligence/prep.html", context)


def _visible(request: HttpRequest, action_id: int) -> SessionAction:
    """The action, if the person may see its session. Raises  Http404."""
    related = SessionAction.objects.select_related("session__student", "session__subject", "owner")
    found = related.defer("session__transcript", "session__summary")
    action = found.filter(pk=action_id).first()
    if action is None or session_page(require_user(request), action.session_id, now()) is None:
        raise Http404
    return action


@login_required_at("home")
@require_POST
def make_link(request: HttpRequest, action_id: int) -> HttpResponse:
    """Make the link of the person's own action, and open its share sheet."""
    action = _visible(request, action_id)
    if action.owner_id != require_user(request).pk:
        raise Http404
    choice = ask_for_link(action=action, at=now())
    if choice.link is None:
        messages.info(request, f"Not this time. {choice.message}")
        return redirect("learning:session", action.session_id)
    return redirect("loops:share_sheet", choice.link.code)


@login_required_at("home")
@require_POST
def recall(request: HttpRequest, action_id: int) -> HttpResponse:
    action = _visible(request, action_id)
    try:
        recall_action(action=action, by=require_user(request), at=now())
    except RecallRefused:
        raise Http404 from None
    messages.success(request, "Taken back. Its link no longer works.")
    return redirect("learning:session", action.session_id)


@require_safe
@open_link_required(PURPOSE)
def share(request: HttpRequest, link: Link) -> HttpResponse:
    """Five questions of the skill for a friend; nothing of the session is shown."""
    action = link.session_action
    context = deck_page(request, link, action.link_deck, PURPOSE, now())
    skill = action.link_deck.skill.name
    context["preview"] = LinkPreview(
        title=context["pack"].copy.headline,
        description=f"Five questions in {skill}: about two minutes, no account needed.",
        picture=f"{context['name']} and {skill}",
    )
    return render(request, "loops/session_intelligence/landing.html", context)


@limited("play", limit=300, window_s=60)
@require_POST
def try_it(request: HttpRequest, token: str) -> HttpResponse:
    return play_deck(request, token, PURPOSE, _try)


def _try(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    return try_deck(link=link, deck=link.session_action.link_deck, owner=owner, at=at)
