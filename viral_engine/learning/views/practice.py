from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from viral_engine.accounts.identity import login_required_at, participant_of, require_user
from viral_engine.accounts.models import Role
from viral_engine.accounts.queries import social_summary
from viral_engine.kernel.clock import now, today
from viral_engine.kernel.limiter import limited
from viral_engine.learning.forms import PracticeForm, SampleForm
from viral_engine.learning.models import Question, Skill
from viral_engine.learning.queries.family_home import children_now
from viral_engine.learning.queries.home import home_page, practice_page
from viral_engine.learning.queries.samples import sample_question
from viral_engine.learning.rules.review import PRACTICE_QUESTIONS, PRACTICE_SIZES
from viral_engine.learning.services import attempts
from viral_engine.learning.services.attempts import AnswerRefused, TooFewQuestions
from viral_engine.learning.services.samples import start_sample


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The start page: for learners, for adults, or for visitors.

    Cost  10 queries for a learner with session and user, for any amount of activity and any number of friends; 2 for a
          visitor, 5 more for a parent.
    """
    user = request.user
    if not user.is_authenticated:
        return render(request, "home_stranger.html", {"question": sample_question(today(now()))})
    at = now()
    if user.role != Role.STUDENT:
        children = children_now(user, at) if user.role == Role.PARENT else []
        return render(request, "home_adult.html", {"children": children})
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


@limited("play", limit=300, window_s=60)
@require_POST
def answer_sample(request: HttpRequest) -> HttpResponse:
    """Answer the question of the start page without an account; the answer is checked in the attempt it starts."""
    form = SampleForm(request.POST)
    if not form.is_valid():
        return redirect("home")
    question = get_object_or_404(
        Question.objects.filter(is_active=True).select_related("skill__subject"), pk=form.cleaned_data["question"]
    )
    player = participant_of(request, link_code="", at=now())
    try:
        answer = start_sample(owner=player.owner, question=question, choice=form.cleaned_data["choice"], at=now())
    except (TooFewQuestions, AnswerRefused):
        return redirect("home")
    return player.remember(redirect(f"{reverse('learning:attempt', args=[answer.attempt_id])}?checked=0"))
