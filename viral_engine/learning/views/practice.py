from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.accounts.models import Role
from viral_engine.accounts.queries import social_summary
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
from viral_engine.learning.queries.home import home_page, practice_menu
from viral_engine.learning.services import attempts


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The start page: for learners, for adults, or for visitors.

    Cost  9 queries for a learner with session and user, for any amount of activity and any number of friends.
    """
    user = request.user
    if not user.is_authenticated:
        return render(request, "home_stranger.html")
    if user.role != Role.STUDENT:
        return render(request, "home_adult.html")
    at = now()
    context = {"page": home_page(user, at), "around": social_summary(user, at)}
    return render(request, "learning/home.html", context)


@login_required
@require_safe
def menu(request: HttpRequest) -> HttpResponse:
    return render(request, "learning/menu.html", {"menu": practice_menu(require_user(request))})


@login_required_at("learning:menu")
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    skill = get_object_or_404(Skill.objects.all().practicable(), slug=slug)
    attempt = attempts.start_practice(user=require_user(request), skill=skill, at=now())
    return redirect("learning:attempt", attempt.pk)
