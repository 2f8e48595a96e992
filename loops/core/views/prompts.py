"""Result panels of loops, the waiting offer, and the share sheet."""

from datetime import datetime
from functools import partial
from types import NoneType
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from feeds.queries import CohortChallengeEnding, cohort_challenge_ending
from loops.core.base import Panel, ViralLoop
from loops.core.experiment_adapter import expose
from loops.core.forms import ShareActionForm
from loops.core.links import deactivation_reason
from loops.core.personalization import recommended
from loops.core.prompts import dismiss_prompt, record_share, show_prompt
from loops.core.queries import is_undecided, waiting_prompt
from loops.core.registry import LOOPS, share_pack_for
from loops.core.rewards.action_points import points_for_attempt
from loops.models import Link, Prompt
from viral_engine.accounts.identity import Visitor, login_required_at, require_user, visitor_of
from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import ORCHESTRATOR, PERSONALIZATION
from viral_engine.kernel.clock import now
from viral_engine.kernel.page_parts import part_or
from viral_engine.learning.models import Attempt
from viral_engine.learning.queries.attempts import attempt_of
from viral_engine.safety.services import ActionRefused


@require_POST
def after_result(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The panels of the loops under a result, and the offer made for it, counted as shown.

    Until the relay has decided, the answer is a placeholder that asks again. A part that fails is left out.
    """
    visitor = visitor_of(request)
    attempt = attempt_of(visitor, attempt_id)
    if attempt is None:
        raise Http404
    at = now()
    prompt = part_or(ORCHESTRATOR.key, partial(_shown_prompt, visitor.user, attempt_id, at), None, (Prompt, NoneType))
    if prompt is None and is_undecided(attempt, at):
        return render(request, "loops/_undecided.html", {"attempt": attempt})
    panels = _cohort_panels(attempt)
    panels += [panel for loop in LOOPS.values() for panel in _panels(loop, attempt, visitor, at)]
    context = {
        "attempt": attempt,
        "points": _points_of(visitor.user, attempt_id),
        "panels": sorted(panels, key=lambda panel: panel.is_action),
        "prompt": prompt,
        "pack": share_pack_for(prompt.link) if prompt else None,
        "is_guest": visitor.user is None,
        "recommended": _other_skills(visitor.user, attempt, request.POST.get("next", ""), at),
    }
    return render(request, "loops/_after_result.html", context)


def _other_skills(user: User | None, attempt: Attempt, shown: str, at: datetime) -> list[dict[str, str]]:
    """Recommended skills besides the one that the result page already names. Cost  2 queries, none for a guest."""
    if user is None:
        return []
    nothing: list[dict[str, str]] = []
    found = part_or(PERSONALIZATION.key, partial(recommended, user, attempt.subject, at), nothing, list)
    return [one for one in found if one["content_id"] != shown]


def _points_of(user: User | None, attempt_id: UUID) -> int:
    """The points that the attempt earned this member; 1 query, none for a guest."""
    if user is None:
        return 0
    return part_or("points of an attempt", partial(points_for_attempt, user.pk, str(attempt_id)), 0, int)


def _cohort_panels(attempt: Attempt) -> list[Panel]:
    """The place in a cohort challenge with the way back to the cohort; at most one panel."""
    none: CohortChallengeEnding | None = None
    kinds = (CohortChallengeEnding, NoneType)
    ending = part_or("ending of a cohort challenge", partial(cohort_challenge_ending, attempt), none, kinds)
    return [Panel("feeds/_challenge_ending.html", ending)] if ending is not None else []


def _panels(loop: ViralLoop, attempt: Attempt, visitor: Visitor, at: datetime) -> tuple[Panel, ...]:
    none: tuple[Panel, ...] = ()
    return part_or(f"panels of {loop.name}", partial(loop.panels, attempt, visitor, at), none, tuple)


def _shown_prompt(user: User | None, attempt_id: UUID, at: datetime) -> Prompt | None:
    """The offer made for the result, counted as shown."""
    if user is None:
        return None
    prompt = Prompt.objects.filter(user=user, attempt_id=attempt_id).open().first_with_details()
    if prompt is not None:
        show_prompt(prompt=prompt, at=at)
    return prompt


@login_required
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The newest open offer, for the learner's home page. 204 without one."""
    prompt = part_or(ORCHESTRATOR.key, partial(waiting_prompt, require_user(request), now()), None, (Prompt, NoneType))
    if prompt is None:
        return HttpResponse(status=204)
    return render(request, "loops/_waiting.html", {"prompt": prompt, "pack": share_pack_for(prompt.link)})


@login_required
@require_safe
def share_sheet(request: HttpRequest, code: str) -> HttpResponse:
    link = Link.objects.all().first_with_details(code=code, referrer=request.user)
    if link is None:
        raise Http404
    at = now()
    is_opened = request.method == "GET"  # a HEAD shows nothing
    prompt = part_or(ORCHESTRATOR.key, partial(_prompt_of, link, at, counts=is_opened), None, (Prompt, NoneType))
    if is_opened:
        expose(link, link.referrer.person_id, at)  # opening the sheet is an exposure, for offers and requests alike
    context = {
        "pack": share_pack_for(link),
        "link": link,
        "prompt": prompt,
        "deactivation_reason": deactivation_reason(link, at),
    }
    return render(request, "loops/share_sheet.html", context)


def _prompt_of(link: Link, at: datetime, *, counts: bool) -> Prompt | None:
    """The offer that made the link, if one did; counted as shown on request."""
    prompt = Prompt.objects.filter(link=link).select_related("loop").first()
    if prompt is not None and counts:
        show_prompt(prompt=prompt, at=at)
    return prompt


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
