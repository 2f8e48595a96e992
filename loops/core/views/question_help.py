"""The helper's explanation under a question of a result."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from loops.core.question_help import HelpRefused, explain_answer
from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.kernel.clock import now
from viral_engine.kernel.htmx import is_htmx
from viral_engine.learning.models import Answer


@login_required_at("home")
@require_POST
def explain(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Explain one question for one AI-tutor minute; a second press shows the same explanation."""
    user = require_user(request)
    mine = Answer.objects.filter(attempt__user=user, attempt__finished_at__isnull=False, is_correct__isnull=False)
    answer = mine.filter(pk=answer_id).select_related("attempt", "question__skill").first()
    if answer is None:
        raise Http404
    context: dict[str, object] = {"answer": answer}
    try:
        context["help"] = explain_answer(user=user, answer=answer, at=now())
    except HelpRefused as refusal:
        context["refusal"] = str(refusal)
    if is_htmx(request):
        return render(request, "loops/_question_help.html", context)
    if "refusal" in context:
        messages.error(request, str(context["refusal"]))
        return redirect("learning:result", answer.attempt_id)
    return render(request, "loops/question_help.html", context)
