"""The share sheet, wherever it appears: offered after a result, or asked for."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from loops import orchestrator, services
from loops.events import ChallengeInitiated
from loops.forms import ShareForm
from loops.models import ChallengeEntry, Link, Prompt
from loops.share import share_pack
from viral_engine.accounts.visitors import signed_in, visitor_of
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Result
from viral_engine.learning.pages import attempt_of
from viral_engine.safety.services import ActionRefused

WITH_CHALLENGE = "challenge__deck__skill__subject"


@require_POST
def after_result(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """What growth has to say under a result: how a challenge ended, and an offer, counted as shown."""
    visitor = visitor_of(request)
    attempt = attempt_of(visitor, attempt_id)
    if attempt is None:
        raise Http404
    entry = ChallengeEntry.objects.filter(attempt=attempt).select_related("challenge", "attempt__result").first()
    prompt = None
    if visitor.user is not None:
        offers = Prompt.objects.filter(user=visitor.user, attempt_id=attempt_id).open()
        prompt = offers.select_related("link__" + WITH_CHALLENGE).first()
    if prompt is not None:
        services.show_prompt(prompt=prompt, at=now())
    context = {
        "entry": entry,
        "prompt": prompt,
        "pack": share_pack(prompt.link) if prompt else None,
        "is_guest": visitor.user is None,
    }
    return render(request, "loops/_after_result.html", context)


@login_required
@require_POST
def challenge_a_friend(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The learner asks for a challenge: the one this result already has, or a new one."""
    result = get_object_or_404(
        Result.objects.select_related("skill"), attempt_id=attempt_id, attempt__user=request.user
    )
    existing = Link.objects.filter(challenge__attempt_id=attempt_id, deactivated_at=None, expires_at__gt=now())
    link = existing.first()
    if link is None:
        asked = ChallengeInitiated(
            actor_id=request.user.pk, attempt_id=str(attempt_id), skill=result.skill.slug, score=result.score
        )
        choice = orchestrator.trigger_event(asked, now())
        link = choice.link
        if link is None:
            messages.info(request, f"No challenge this time. {choice.told}")
            return redirect("learning:result", attempt_id)
    return redirect("loops:share_sheet", link.code)


@login_required
@require_GET
def share_sheet(request: HttpRequest, code: str) -> HttpResponse:
    link = get_object_or_404(Link.objects.select_related(WITH_CHALLENGE), code=code, inviter=request.user)
    prompt = Prompt.objects.filter(link=link).first()
    return render(request, "loops/share_sheet.html", {"pack": share_pack(link), "link": link, "prompt": prompt})


@login_required
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


@login_required
@require_POST
def dismiss(request: HttpRequest, prompt_id: int) -> HttpResponse:
    prompt = get_object_or_404(Prompt.objects.select_related("link"), pk=prompt_id, user=request.user)
    services.dismiss_prompt(prompt=prompt, at=now())
    return HttpResponse(status=204)
