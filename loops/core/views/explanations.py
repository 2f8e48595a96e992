from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loops.core.explanations import explain
from loops.core.registry import share_pack_for
from loops.models import Prompt
from viral_engine.accounts.identity import require_user


@login_required
@require_safe
def explain_offer(request: HttpRequest, prompt_id: int) -> HttpResponse:
    """Explain an offer to the person who got it. Cost  4 queries beyond session and user."""
    prompt = Prompt.objects.filter(pk=prompt_id, user=require_user(request)).first_with_details()
    if prompt is None:
        raise Http404
    context = {"prompt": prompt, "pack": share_pack_for(prompt.link), "answer": explain(prompt)}
    return render(request, "loops/explanation.html", context)
