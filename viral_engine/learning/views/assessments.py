"""Pages before a test or diagnostic, with the button that starts it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from viral_engine.accounts.identity import login_required_at, participant_of, require_user, visitor_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.learning.models import Attempt, Subject
from viral_engine.learning.queries.attempts import intro_of
from viral_engine.learning.services import assessments
from viral_engine.learning.services.attempts import TooFewQuestions

NOT_ENOUGH = "This subject has too few questions yet. Practice a single skill instead."


@login_required
@require_safe
def test_intro(request: HttpRequest, slug: str) -> HttpResponse:
    return _intro(request, slug, Attempt.Kind.PRACTICE_TEST)


@require_safe
def diagnostic_intro(request: HttpRequest, slug: str) -> HttpResponse:
    """Also open to guests."""
    return _intro(request, slug, Attempt.Kind.DIAGNOSTIC)


def _intro(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    subject = get_object_or_404(Subject, slug=slug)
    page = intro_of(visitor_of(request), subject, kind)
    return render(request, "learning/intro.html", {"page": page, "is_test": kind == Attempt.Kind.PRACTICE_TEST})


@login_required_at("learning:test_intro", "slug")
@require_POST
def start_test(request: HttpRequest, slug: str) -> HttpResponse:
    subject = get_object_or_404(Subject, slug=slug)
    try:
        attempt = assessments.start_practice_test(user=require_user(request), subject=subject, at=now())
    except TooFewQuestions:
        messages.error(request, NOT_ENOUGH)
        return redirect("learning:test_intro", slug)
    return redirect("learning:attempt", attempt.pk)


@limited("play", limit=300, window_s=60)
@require_POST
def start_diagnostic(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a diagnostic as a user or a guest."""
    subject = get_object_or_404(Subject, slug=slug)
    player = participant_of(request, link_code="", at=now())
    try:
        attempt = assessments.start_diagnostic(owner=player.owner, subject=subject, link_code="", at=now())
    except TooFewQuestions:
        messages.error(request, NOT_ENOUGH)
        return redirect("learning:diagnostic_intro", slug)
    return player.remember(redirect("learning:attempt", attempt.pk))
