from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from viral_engine.accounts.identity import visitor_of
from viral_engine.learning.models import Result
from viral_engine.learning.queries.attempts import attempt_of
from viral_engine.learning.queries.results import result_page
from viral_engine.learning.queries.subject_results import subject_result_page


@require_safe
def result(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Cost  at most 10 queries with session and user, for any cohort size."""
    attempt = attempt_of(visitor_of(request), attempt_id)
    if attempt is None:
        raise Http404
    found = Result.objects.filter(attempt=attempt).first()
    if found is None:
        return redirect("learning:attempt", attempt.pk)
    attempt.result = found
    if attempt.skill is None:
        context = {"attempt": attempt, "page": subject_result_page(attempt, found)}
        return render(request, "learning/subject_result.html", context)
    return render(request, "learning/result.html", {"attempt": attempt, "page": result_page(attempt, found)})
