from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from feeds import fragments, queries
from feeds.decorators import room_access_required
from feeds.forms import ShareResultForm
from feeds.models import Activity, Reaction
from feeds.services import activities
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.clock import now
from viral_engine.kernel.converters import read_id
from viral_engine.kernel.htmx import is_htmx
from viral_engine.learning.models import Result
from viral_engine.safety.services import ActionRefused

LATEST = 5


@require_safe
@room_access_required
def feed(request: HttpRequest, viewer: ViewerProfile) -> HttpResponse:
    at = now()
    context = {
        "stream": queries.stream_for(viewer, at=at),
        "result": queries.result_to_share(viewer.id, at=at),
        "has_cohort": bool(viewer.cohorts),
    }
    return render(request, "feeds/feed.html", context)


@require_safe
@room_access_required
def older(request: HttpRequest, viewer: ViewerProfile) -> HttpResponse:
    """The next page of the stream, which replaces the line that loads it."""
    before = read_id(request.GET.get("before"))
    if before is None:
        return HttpResponse("`before` must be the id of an activity", status=400)
    found = queries.stream_for(viewer, at=now(), before=before)
    return render(request, "feeds/_stream_page.html", {"stream": found})


@require_safe
@room_access_required
def latest(request: HttpRequest, viewer: ViewerProfile) -> HttpResponse:
    """The newest activities and recommended rooms, for the home page."""
    at = now()
    found = queries.stream_for(viewer, at=at)
    groups = queries.by_person(found.activities)[:LATEST]
    context = {"groups": groups, "rooms": queries.recommended_rooms(viewer, at=at)}
    return render(request, "feeds/_latest.html", context)


@require_POST
@room_access_required
def react(request: HttpRequest, viewer: ViewerProfile, activity_id: int) -> HttpResponse:
    activity = get_object_or_404(Activity.objects.visible_to(viewer), pk=activity_id)
    kind = request.POST.get("kind", "")
    if kind not in Reaction.Kind.values:
        return HttpResponse("There is no such reaction.", status=400)
    activities.react(user=require_user(request), activity=activity, kind=kind, at=now())
    if not is_htmx(request):
        return redirect("feeds:feed")
    return HttpResponse(fragments.activity_item(queries.activity(activity_id)))


@require_POST
@room_access_required
def share(request: HttpRequest, viewer: ViewerProfile) -> HttpResponse:
    form = ShareResultForm(request.POST)
    if not form.is_valid():
        raise Http404
    result = get_object_or_404(
        Result.objects.of(viewer.id).of_skills().select_related("skill"), pk=form.cleaned_data["result"]
    )
    try:
        activity = activities.share_progress(user=require_user(request), result=result, at=now())
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("feeds:feed")
    if activity is None:
        messages.info(request, "Your activity is hidden. You can change that in your settings.")
    elif activity.score is None:
        messages.success(request, "Shared without your score. A parent can allow scores on the family page.")
    else:
        messages.success(request, "Shared with your cohort and friends.")
    return redirect("feeds:feed")
