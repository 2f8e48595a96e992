from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from presence.rules import SITE_TOPIC
from presence.services import headcounts_now
from presence.tokens import MAX_AGE_S, token_for
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import Role
from viral_engine.accounts.viewer_profiles import viewer_profiles_of
from viral_engine.kernel import clock
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject
from viral_engine.learning.queries.home import subject_skills


@require_safe
def socket_token(request: HttpRequest) -> JsonResponse:
    """Issue a token for the socket to a person who may enter rooms.

    Shape  {"token": "...", "user_id": 42, "expires_at": "2026-03-05T15:00:00+00:00"}
    Errors 401 {"error": "login_required"}; 403 {"error": "consent_required"} for a child without a parent's
           consent; 403 {"error": "blocked"} for an account that staff blocked.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"error": "login_required"}, status=401)
    user, at = require_user(request), now()
    viewer = viewer_profiles_of([user.pk], today=clock.today(at))[user.pk]
    if not viewer.may_enter:
        return JsonResponse({"error": "consent_required" if viewer.is_child else "blocked"}, status=403)
    expires_at = at + timedelta(seconds=MAX_AGE_S)
    return JsonResponse({"token": token_for(user, at), "user_id": user.pk, "expires_at": expires_at.isoformat()})


@require_safe
def here_now(request: HttpRequest) -> HttpResponse:
    """The head count of the site for visitors; 204 while this process follows no learners. No query."""
    counts = headcounts_now(SITE_TOPIC)
    if counts is None or not counts.people.is_any:
        return HttpResponse(status=204)
    return render(request, "presence/_here_now.html", {"live": counts})


@login_required
@require_safe
def subject(request: HttpRequest, slug: str) -> HttpResponse:
    """A subject's skills under a live head count."""
    found = get_object_or_404(Subject, slug=slug)
    user = require_user(request)
    page = subject_skills(user, found, now())
    if not page.skills:
        raise Http404
    context: dict[str, object] = {"subject": found, "skills": page.skills, "live": headcounts_now(f"subject:{slug}")}
    if user.role == Role.STUDENT:
        context["recommended"] = page.recommended
    return render(request, "presence/subject.html", context)
