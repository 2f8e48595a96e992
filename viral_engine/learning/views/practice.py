from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from viral_engine.accounts.models import ConsentRequest, Role
from viral_engine.accounts.visitors import signed_in
from viral_engine.kernel.clock import now
from viral_engine.learning import services
from viral_engine.learning.models import Attempt, Progress, Result, Skill
from viral_engine.learning.pages import practice_menu

RECENT = timedelta(days=14)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """A learner's day; parents and tutors get their own start, strangers the front page."""
    user = request.user
    if not user.is_authenticated:
        return render(request, "home_stranger.html")
    if user.role != Role.STUDENT:
        return render(request, "home_adult.html")
    at = now()
    progress = Progress.objects.filter(user=user).first() or Progress(user=user)
    context = {
        "progress": progress,
        "streak": progress.streak_on(timezone.localdate(at)),
        "open_attempt": Attempt.objects.filter(user=user).unfinished().select_related("skill").last(),
        "recent": Result.objects.of(user.pk).since(at - RECENT).select_related("skill").order_by("-finished_at")[:5],
        "menu": practice_menu(user),
        "is_waiting": ConsentRequest.objects.open_at(at).filter(child=user).exists(),
    }
    return render(request, "learning/home.html", context)


@login_required
@require_GET
def menu(request: HttpRequest) -> HttpResponse:
    return render(request, "learning/menu.html", {"menu": practice_menu(signed_in(request))})


@login_required
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    skill = get_object_or_404(Skill.objects.all().practicable(), slug=slug)
    attempt = services.start_practice(user=signed_in(request), skill=skill, at=now())
    return redirect("learning:attempt", attempt.pk)
