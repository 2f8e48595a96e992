from functools import partial
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from feeds import queries
from feeds.decorators import room_access_required
from feeds.forms import MessageForm
from feeds.models import Activity, CohortChallenge, Message
from feeds.services import challenges, chat
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import load_disclosures
from viral_engine.accounts.services.friends import block_person
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.clock import now
from viral_engine.kernel.htmx import is_htmx
from viral_engine.kernel.page_parts import part_or
from viral_engine.learning.models import Skill, Subject
from viral_engine.learning.services.attempts import TooFewQuestions
from viral_engine.learning.services.decks import DeckClosed
from viral_engine.safety.services import ActionRefused

_NO_CHAT: tuple[list[Message], bool] = ([], False)


@require_safe
@room_access_required
def mine(request: HttpRequest, viewer: ViewerProfile) -> HttpResponse:
    """The learner's cohort, or a page that explains how to get one."""
    if not viewer.cohorts:
        return render(request, "feeds/no_cohort.html")
    return redirect("feeds:cohort", min(viewer.cohorts))


@require_safe
@room_access_required
def cohort(request: HttpRequest, viewer: ViewerProfile, cohort_id: int) -> HttpResponse:
    """The room of a cohort; a part whose table is away is left out. Nobody is shown whom the viewer may have muted."""
    facts = _facts_for(viewer, cohort_id)
    no_activities: list[Activity] = []
    no_standings: list[queries.ChallengeStandings] = []
    stream = partial(queries.cohort_stream, cohort_id, viewer)
    standings = partial(queries.challenges_of, cohort_id, at=now(), without=viewer.hidden)
    written, has_mutes = part_or("chat", partial(_chat_for, viewer, cohort_id), _NO_CHAT, tuple)
    context = {
        "cohort": facts,
        "stream": queries.ActivityPage(part_or("stream of a cohort", stream, no_activities, list), 0),
        "chat": written,
        "standings": part_or("cohort challenges", standings, no_standings, list),
        "skills": Skill.objects.practicable(),
        "subjects": Subject.objects.all(),
        "key": uuid4(),
        "has_mutes": has_mutes,
    }
    return render(request, "feeds/cohort.html", context)


def _chat_for(viewer: ViewerProfile, cohort_id: int) -> tuple[list[Message], bool]:
    """The newest messages, and whether the viewer muted anybody."""
    without = chat.hidden_author_ids(viewer)
    return queries.messages_for(cohort_id, without=without), bool(without - viewer.hidden)


def _facts_for(viewer: ViewerProfile, cohort_id: int) -> dict[str, object]:
    """The facts of the viewer's cohort; 404 for other cohorts."""
    wanted = viewer.cohorts & {cohort_id}
    found = part_or("facts of a cohort", partial(queries.cohorts_by_id, wanted), queries.NO_FACTS, dict)
    found = found or queries.cohorts_by_id(wanted, with_challenges=False)
    if not found:
        raise Http404
    return found[cohort_id]


@require_POST
@room_access_required
def send(request: HttpRequest, viewer: ViewerProfile, cohort_id: int) -> HttpResponse:
    """Post a message and return the form: empty, or with the text and the reason for a refusal."""
    _facts_for(viewer, cohort_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return HttpResponse("This form is invalid. Load the page again.", status=400)
    text, key, refusal, posted = form.cleaned_data["text"], form.cleaned_data["key"], "", None
    try:
        posted = chat.post_message(author=require_user(request), cohort_id=cohort_id, text=text, key=key, at=now())
        load_disclosures([posted.author])
    except chat.MessageRefused as refused:
        refusal = str(refused)
    if not is_htmx(request):
        if refusal:
            messages.error(request, refusal)
        return redirect("feeds:cohort", cohort_id)
    context = {"cohort": {"id": cohort_id}, "key": uuid4(), "text": text if refusal else "", "refusal": refusal}
    return render(request, "feeds/_chat_form.html", context | {"message": posted})


@require_POST
@room_access_required
def mute(request: HttpRequest, viewer: ViewerProfile, message_id: int) -> HttpResponse:
    message = _message_for(viewer, message_id)
    chat.mute(muter=require_user(request), muted_id=message.author_id, at=now())
    messages.success(request, "You will no longer see their messages. We don't tell them.")
    return redirect("feeds:cohort", message.cohort_id)


@require_POST
@room_access_required
def block(request: HttpRequest, viewer: ViewerProfile, message_id: int) -> HttpResponse:
    """Block the author, so that neither sees the other anywhere. The friends page can undo it."""
    message = _message_for(viewer, message_id)
    if message.author_id != viewer.id:
        block_person(blocker=require_user(request), blocked=message.author, at=now())
        messages.success(request, "You no longer see each other anywhere. You can undo this on the Friends page.")
    return redirect("feeds:cohort", message.cohort_id)


@require_POST
@room_access_required
def unmute(request: HttpRequest, viewer: ViewerProfile, cohort_id: int) -> HttpResponse:
    _facts_for(viewer, cohort_id)
    chat.unmute_all(muter=require_user(request))
    return redirect("feeds:cohort", cohort_id)


def _message_for(viewer: ViewerProfile, message_id: int) -> Message:
    shown = Message.objects.filter(cohort__in=viewer.cohorts, hidden_at=None)
    return get_object_or_404(shown, pk=message_id)


@require_POST
@room_access_required
def challenge(request: HttpRequest, viewer: ViewerProfile, cohort_id: int) -> HttpResponse:
    _facts_for(viewer, cohort_id)
    skill = get_object_or_404(Skill, slug=request.POST.get("skill", ""))
    try:
        challenges.challenge_cohort(creator=require_user(request), cohort_id=cohort_id, skill=skill, at=now())
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    except TooFewQuestions:
        messages.error(request, f"{skill.name} has too few questions for a challenge. Pick another skill.")
    return redirect("feeds:cohort", cohort_id)


@require_POST
@room_access_required
def play(request: HttpRequest, viewer: ViewerProfile, challenge_id: int) -> HttpResponse:
    found = get_object_or_404(CohortChallenge.objects.filter(cohort__in=viewer.cohorts), pk=challenge_id)
    try:
        attempt = challenges.play_challenge(challenge=found, player=require_user(request), at=now())
    except (challenges.ChallengeOver, DeckClosed):
        messages.info(request, "This challenge is over. You can start a new one.")
        return redirect("feeds:cohort", found.cohort_id)
    return redirect("learning:attempt", attempt.pk)
