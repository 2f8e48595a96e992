"""Result panels of loops, the waiting offer, and the share sheet."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from loops.core.experiment_adapter import expose
from loops.core.forms import ShareActionForm
from loops.core.links import deactivation_reason
from loops.core.personalization import recommended
from loops.core.prompts import dismiss_prompt, record_share, show_prompt
from loops.core.queries import is_undecided, waiting_prompt
from loops.core.registry import LOOPS, share_pack_for
from loops.models import Link, Prompt
from viral_engine.accounts.identity import login_required_at, require_user, visitor_of
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt
from viral_engine.learning.queries.attempts import attempt_of
from viral_engine.safety.services import ActionRefused


@require_POST
def after_result(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The panels of the loops under a result, and the offer made for it, counted as shown.

    Until the relay has decided, the answer is a placeholder that asks again.
    """
    visitor = visitor_of(request)
    attempt = attempt_of(visitor, attempt_id)
    if attempt is None:
        raise Http404
    at = now()
    prompt = _open_prompt(visitor.user, attempt_id) if visitor.user else None
    if prompt is not None:
        show_prompt(prompt=prompt, at=at)
    elif is_undecided(attempt, at):
        return render(request, "loops/_undecided.html", {"attempt": attempt})
    panels = [panel for loop in LOOPS.values() for panel in loop.panels(attempt, visitor, at)]
    context = {
        "attempt": attempt,
        "panels": sorted(panels, key=lambda panel: panel.is_action),
        "prompt": prompt,
        "pack": share_pack_for(prompt.link) if prompt else None,
        "is_guest": visitor.user is None,
        "recommended": _other_skills(visitor.user, attempt, request.POST.get("next", ""), at),
    }
    return render(request, "loops/_after_result.html", context)


def _other_skills(user: User | None, attempt: Attempt, shown: str, at: datetime) -> list[dict[str, str]]:
    """Recommended skills besides the one that the result page already names. Cost  2 queries, none for a guest."""
    found = recommended(user, attempt.subject, at) if user is not None else []
    return [one for one in found if one["content_id"] != shown]


def _open_prompt(user: User, attempt_id: UUID) -> Prompt | None:
    return Prompt.objects.filter(user=user, attempt_id=attempt_id).open().first_with_details()


@login_required
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The newest open offer, for the learner's home page. 204 without one."""
    prompt = waiting_prompt(require_user(request), now())
    if prompt is None:
        return HttpResponse(status=204)
    return render(request, "loops/_waiting.html", {"prompt": prompt, "pack": share_pack_for(prompt.link)})


@login_required
@require_safe
def share_sheet(request: HttpRequest, code: str) -> HttpResponse:
    link = Link.objects.all().first_with_details(code=code, referrer=request.user)
    if link is None:
        raise Http404
    prompt = Prompt.objects.filter(link=link).select_related("loop").first()
    at = now()
    if request.method == "GET":  # a HEAD shows nothing
        if prompt is not None:
            show_prompt(prompt=prompt, at=at)
        expose(link, link.referrer.person_id, at)  # opening the sheet is an exposure, for offers and requests alike
    context = {
        "pack": share_pack_for(link),
        "link": link,
        "prompt": prompt,
        "deactivation_reason": deactivation_reason(link, at),
    }
    return render(request, "loops/share_sheet.html", context)


@login_required_at("loops:share_sheet", "code")
@require_POST
def share(request: HttpRequest, code: str) -> HttpResponse:
    """Record one share action; the page calls it when the person's own app opens."""
    link = get_object_or_404(Link, code=code, referrer=request.user)
    form = ShareActionForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    try:
        record_share(link=link, user=require_user(request), at=now(), **form.cleaned_data)
    except ActionRefused as refusal:
        return JsonResponse({"reason": refusal.reason, "message": str(refusal)}, status=403)
    return HttpResponse(status=204)


@login_required_at("home")
@require_POST
def dismiss(request: HttpRequest, prompt_id: int) -> HttpResponse:
    prompt = get_object_or_404(Prompt.objects.select_related("link"), pk=prompt_id, user=request.user)
    dismiss_prompt(prompt=prompt, at=now())
    return HttpResponse(status=204)
