"""The share sheet, wherever it appears: offered after a result, or asked for."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from loops import orchestrator, services
from loops.endings import word_after
from loops.events import ChallengeInitiated
from loops.forms import ShareForm
from loops.models import Link, Prompt
from loops.pages import ending_of, live_links_of, objection_to_challenging, trial_of, waiting_prompt
from loops.registry import loop_of, share_pack
from loops.results_rally.pages import rally_after
from loops.services.links import token_for, why_dark
from loops.tutor_spotlight.pages import offer_after
from viral_engine.accounts.models import User
from viral_engine.accounts.visitors import members_only, signed_in, visitor_of
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Result
from viral_engine.learning.pages import attempt_of
from viral_engine.safety.services import ActionRefused


@require_POST
def after_result(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """What growth has to say under a result: how a challenge ended, and an offer, counted as shown."""
    visitor = visitor_of(request)
    attempt = attempt_of(visitor, attempt_id)
    if attempt is None:
        raise Http404
    at = now()
    prompt = _open_prompt(visitor.user, attempt_id) if visitor.user else None
    if prompt is not None:
        services.show_prompt(prompt=prompt, at=at)
    tried = offer_after(attempt, at)
    trial = trial_of(attempt) if visitor.user is None else None
    context = {
        "attempt": attempt,
        "ending": ending_of(attempt, visitor.user, at),
        "rally": rally_after(attempt, visitor, at),
        "word": word_after(attempt, visitor.user, at),
        "trial_token": token_for(trial.link, "parent") if trial else "",
        "prompt": prompt,
        "pack": share_pack(prompt.link) if prompt else None,
        "is_guest": visitor.user is None,
        "tutor": tried,
        "tutor_url": loop_of(tried).landing(tried) if tried else "",
        "objection": objection_to_challenging(attempt, visitor.user, at) if visitor.user else "",
    }
    return render(request, "loops/_after_result.html", context)


def _open_prompt(user: User, attempt_id: UUID) -> Prompt | None:
    return Prompt.objects.filter(user=user, attempt_id=attempt_id).open().first_whole()


@login_required
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """For the learner's home, which may not know of loops: the newest offer that waits. 204 without one."""
    prompt = waiting_prompt(signed_in(request), now())
    if prompt is None:
        return HttpResponse(status=204)
    return render(request, "loops/_waiting.html", {"prompt": prompt, "pack": share_pack(prompt.link)})


@members_only("learning:result", "attempt_id")
@require_POST
def challenge_a_friend(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The learner asks for a challenge: the one this result already has, or a new one."""
    result = get_object_or_404(
        Result.objects.select_related("skill"), attempt_id=attempt_id, attempt__user=request.user
    )
    link = live_links_of(attempt_id, now()).first()
    if link is not None:
        return redirect("loops:share_sheet", link.code)
    if result.skill is None:
        messages.info(request, "A challenge is about one skill: practice one, and dare a friend.")
        return redirect("learning:result", attempt_id)
    asked = ChallengeInitiated(
        actor_id=request.user.pk, attempt_id=str(attempt_id), skill=result.skill.slug, score=result.score
    )
    choice = orchestrator.trigger_event(asked, now())
    if choice.link is not None:
        return redirect("loops:share_sheet", choice.link.code)
    messages.info(request, f"No challenge this time. {choice.told}")
    return redirect("learning:result", attempt_id)


@login_required
@require_GET
def share_sheet(request: HttpRequest, code: str) -> HttpResponse:
    link = Link.objects.all().first_whole(code=code, inviter=request.user)
    if link is None:
        raise Http404
    prompt = Prompt.objects.filter(link=link).select_related("loop").first()
    at = now()
    if prompt is not None:
        services.show_prompt(prompt=prompt, at=at)
    services.expose(link, at)  # the sheet is where the arm is used, whoever asked for it
    context = {"pack": share_pack(link), "link": link, "prompt": prompt, "why_dark": why_dark(link, at)}
    return render(request, "loops/share_sheet.html", context)


@members_only("loops:share_sheet", "code")
@require_POST
def share(request: HttpRequest, code: str) -> HttpResponse:
    """Record one share action; the page's script calls it as the person's own app opens."""
    link = get_object_or_404(Link, code=code, inviter=request.user)
    form = ShareForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    try:
        services.record_share(link=link, user=signed_in(request), at=now(), **form.cleaned_data)
    except ActionRefused as refusal:
        return JsonResponse({"reason": refusal.reason, "message": str(refusal)}, status=403)
    return HttpResponse(status=204)


@members_only("home")
@require_POST
def dismiss(request: HttpRequest, prompt_id: int) -> HttpResponse:
    prompt = get_object_or_404(Prompt.objects.select_related("link"), pk=prompt_id, user=request.user)
    services.dismiss_prompt(prompt=prompt, at=now())
    return HttpResponse(status=204)
