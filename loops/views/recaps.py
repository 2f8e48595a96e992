"""A parent's own page of a child's week."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from loops import orchestrator, services
from loops.events import RecapShareAsked
from loops.models import Prompt, Recap
from loops.proud_parent.consent import is_shareable
from loops.proud_parent.pages import live_link_of, newest_link_of, reel_of_link
from loops.registry import share_pack
from loops.services.links import why_dark
from viral_engine.accounts.visitors import members_only, signed_in
from viral_engine.kernel.clock import now

SHOWN = 26  # half a year of one child


@login_required
@require_GET
def recaps(request: HttpRequest) -> HttpResponse:
    mine = Recap.objects.all().readable_by(signed_in(request).pk)[:SHOWN]
    return render(request, "loops/recaps.html", {"recaps": mine})


def _own(request: HttpRequest, recap_id: int) -> Recap:
    return get_object_or_404(Recap.objects.all().readable_by(signed_in(request).pk), pk=recap_id)


@login_required
@require_GET
def recap(request: HttpRequest, recap_id: int) -> HttpResponse:
    """The week, and what can be done with it: share it, see its reel, or read how to agree to sharing."""
    week, at = _own(request, recap_id), now()
    link = newest_link_of(week)
    dark = why_dark(link, at) if link else ""
    is_open = link is not None and not dark
    context = {
        "recap": week,
        "link": link if is_open else None,
        "pack": share_pack(link) if link and is_open else None,
        "prompt": _shown_prompt(link.pk, at) if link and is_open else None,
        "reel": reel_of_link(link) if link and is_open else None,
        "why_dark": dark,
        "is_shareable": is_open or is_shareable(week, at.date()),
    }
    return render(request, "loops/recap.html", context)


def _shown_prompt(link_id: int, at: datetime) -> Prompt | None:
    """The offer the link came with, counted as shown; None where it was asked for. 1 query, more the first time."""
    prompt = Prompt.objects.filter(link=link_id).select_related("loop", "link").first()
    if prompt is not None:
        services.show_prompt(prompt=prompt, at=at)
    return prompt


@login_required
@require_GET
def recap_reel(request: HttpRequest, recap_id: int) -> HttpResponse:
    """The place of the reel alone, asked for again until it is made."""
    link = live_link_of(_own(request, recap_id), now())
    context = {"recap": {"pk": recap_id}, "reel": reel_of_link(link) if link else None}
    return render(request, "loops/_reel.html", context)


@members_only("loops:recap", "recap_id")
@require_POST
def share_recap(request: HttpRequest, recap_id: int) -> HttpResponse:
    """The parent asks for a link: the one this week already has, or a new one."""
    week, at = _own(request, recap_id), now()
    if live_link_of(week, at) is None:
        asked = RecapShareAsked(
            actor_id=week.parent_id,
            recap_id=week.pk,
            child_id=week.child_id,
            is_shareable=is_shareable(week, at.date()),
        )
        choice = orchestrator.trigger_event(asked, at)
        if choice.link is None:
            messages.info(request, f"Not this time. {choice.told}")
    return redirect("loops:recap", week.pk)
