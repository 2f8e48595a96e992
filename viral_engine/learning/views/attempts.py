"""Work through an attempt as a user or guest: one fragment per step with htmx, a page without it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from viral_engine.accounts.identity import visitor_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.htmx import is_htmx
from viral_engine.learning.forms import AnswerForm
from viral_engine.learning.models import Answer, Attempt
from viral_engine.learning.queries.attempts import attempt_of, step_of
from viral_engine.learning.services import attempts, completion
from viral_engine.learning.services.attempts import AnswerRefused, TimeIsUp
from viral_engine.learning.services.completion import AttemptUnfinished


@require_safe
def attempt(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    mine = _mine(request, attempt_id)
    if mine.finished_at is not None:
        return redirect("learning:result", mine.pk)
    return _draw(request, mine, just_answered=_checked(request, mine))


def _checked(request: HttpRequest, attempt: Attempt) -> Answer | None:
    """The answer given on another page that this page checks first; None without `?checked=` or when it is open."""
    if not attempt.shows_feedback or request.GET.get("checked") != "0":
        return None
    first = next((one for one in attempt.loaded_answers() if one.position == 0), None)
    return first if first is not None and first.choice is not None else None


@require_POST
def answer(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    mine = _mine(request, attempt_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _draw(request, mine, error="Choose an answer first.")  # only a forged form comes here
    try:
        given = attempts.answer_question(attempt=mine, at=now(), **form.cleaned_data)
    except TimeIsUp as over:
        completion.finish_attempt(attempt=mine, at=now())
        messages.info(request, str(over))
        return _to_result(request, mine)
    except AnswerRefused as refusal:
        typed = form.cleaned_data["typed"]
        return _to_result(request, mine) if mine.finished_at else _draw(request, mine, error=str(refusal), typed=typed)
    return _draw(request, mine, just_answered=given if mine.shows_feedback else None)


@require_POST
def pause(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    mine = _mine(request, attempt_id)
    attempts.pause_attempt(attempt=mine, at=now())
    return _draw(request, mine)


@require_POST
def resume(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    mine = _mine(request, attempt_id)
    attempts.resume_attempt(attempt=mine, at=now())
    return _draw(request, mine)


@require_POST
def finish(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    mine = _mine(request, attempt_id)
    try:
        completion.finish_attempt(attempt=mine, at=now())
    except AttemptUnfinished as unfinished:
        return _draw(request, mine, error=str(unfinished))
    return redirect("learning:result", mine.pk)


def _to_result(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Redirect the whole page to the result, also for an htmx request."""
    if is_htmx(request):
        return HttpResponseClientRedirect(reverse("learning:result", args=[attempt.pk]))
    return redirect("learning:result", attempt.pk)


def _mine(request: HttpRequest, attempt_id: UUID) -> Attempt:
    """This visitor's attempt; 404 for other people's attempts."""
    found = attempt_of(visitor_of(request), attempt_id)
    if found is None:
        raise Http404
    return found


def _draw(
    request: HttpRequest, attempt: Attempt, *, just_answered: Answer | None = None, error: str = "", typed: str = ""
) -> HttpResponse:
    step = step_of(attempt, now(), just_answered=just_answered)
    context = {"attempt": attempt, "step": step, "feedback": just_answered, "error": error, "typed": typed}
    fragment = "learning/_question.html" if attempt.shows_feedback else "learning/_test_question.html"
    if is_htmx(request):
        return render(request, fragment, context)
    return render(request, "learning/attempt.html", context | {"fragment": fragment})
