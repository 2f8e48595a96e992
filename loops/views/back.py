from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from feeds.models import Activity
from feeds.views.doors import for_viewers
from loops import orchestrator
from loops.events import ChallengedBack, ChallengeInitiated
from loops.pages import live_links_of
from viral_engine.accounts.cards import Card
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import allow
from viral_engine.kernel.services import mention
from viral_engine.learning.models import Result


@require_POST
@for_viewers
def challenge_back(request: HttpRequest, viewer: Card, activity_id: int) -> HttpResponse:
    """The learner answers an activity with their own latest result in its skill, through the orchestrator.

    Whoever is challenged finds it on their open page; the sheet that follows shares it anywhere else.
    """
    activity = get_object_or_404(Activity.objects.visible_to(viewer).select_related("skill__subject"), pk=activity_id)
    skill = activity.skill  # a round of a whole subject has none, and is no challenge
    if activity.actor_id == viewer.id or not activity.is_answerable or skill is None:
        messages.info(request, "There is nothing to challenge back here.")
        return redirect("feeds:feed")
    mine = Result.objects.of(viewer.id).filter(skill=skill).order_by("-finished_at").first()
    if mine is None:
        messages.info(request, f"Play a round of {skill.name} first: your score is the challenge.")
        return redirect("presence:subject", skill.subject.slug)
    at = now()
    link = live_links_of(mine.pk, at).first()
    if link is None:
        asked = ChallengeInitiated(actor_id=viewer.id, attempt_id=str(mine.pk), skill=skill.slug, score=mine.score)
        choice = orchestrator.trigger_event(asked, at)
        link = choice.link
        if link is None:
            messages.info(request, f"No challenge this time. {choice.told}")
            return redirect("feeds:feed")
    if allow("challenge_back", f"{viewer.id}:{activity.pk}", limit=1, window_s=24 * 3600):  # nobody is told twice
        back = ChallengedBack(actor_id=viewer.id, other_id=activity.actor_id, link_code=link.code, skill=skill.name)
        mention(back, at=at)
    messages.success(request, "They are told on their page. Send it here as well, if you like.")
    return redirect("loops:share_sheet", link.code)
