from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.accounts.models import Role
from viral_engine.accounts.queries import social_summary
from viral_engine.kernel.clock import now
from viral_engine.learning.forms import PracticeForm
from viral_engine.learning.models import Skill
from viral_engine.learning.queries.home import home_page, practice_page
from viral_engine.learning.rules.review import PRACTICE_QUESTIONS, PRACTICE_SIZES
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
    """Cost  3 queries with the learner's mastery and reviews, and those of session and user."""
    page = practice_page(require_user(request), now())
    return render(request, "learning/menu.html", {"page": page, "sizes": PRACTICE_SIZES})


@login_required_at("learning:menu")
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    skill = get_object_or_404(Skill.objects.all().practicable(), slug=slug)
    form = PracticeForm(request.POST)
    count = form.cleaned_data["count"] if form.is_valid() else PRACTICE_QUESTIONS
    attempt = attempts.start_practice(user=require_user(request), skill=skill, at=now(), count=count)
    return redirect("learning:attempt", attempt.pk)
