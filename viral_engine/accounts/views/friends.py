"""Pages for friends: lists, search by username, requests, blocks and invite links."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from viral_engine.accounts.forms import UsernameForm
from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.accounts.invites import invite_sender, invite_url
from viral_engine.accounts.models import Block, Friendship, User, load_disclosures
from viral_engine.accounts.queries import SearchResult, friends_page, public_name_of, search_result_of
from viral_engine.accounts.services import friends as accounts_friends
from viral_engine.accounts.services.friends import (
    NOT_FOUND,
    REQUEST_CLOSED,
    REQUESTS,
    REQUESTS_S,
    TOO_MANY_REQUESTS,
    FriendshipRefused,
)
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import allow, limited

SEARCHES, SEARCHES_S = 20, 600
TOO_MANY_SEARCHES = "You searched a lot. Wait ten minutes, or send your invite link."


@login_required
@require_safe
def friends(request: HttpRequest) -> HttpResponse:
    """Cost  at most 6 queries with session and user, for any number of friends; 3 more for a search."""
    me, at = require_user(request), now()
    ineligible = accounts_friends.friends_refusal(me, at)
    context: dict[str, object] = {"ineligible": ineligible}
    status = 200
    if not ineligible:
        form = UsernameForm(request.GET if "username" in request.GET else None)
        refusal, result = _search(me, form)
        status = 429 if refusal == TOO_MANY_SEARCHES else 200
        context |= {"form": form, "refusal": refusal, "result": result, "invite_url": invite_url(me)}
        context |= {"page": friends_page(me, at)}
    return render(request, "accounts/friends.html", context, status=status)


def _search(me: User, form: UsernameForm) -> tuple[str, SearchResult | None]:
    """A refusal or a search result; neither without a search. Only exact names match."""
    if not form.is_valid():
        return "", None
    if not allow("friend_search", str(me.pk), limit=SEARCHES, window_s=SEARCHES_S):
        return TOO_MANY_SEARCHES, None
    found = accounts_friends.find_learner(asker=me, username=form.cleaned_data["username"], at=now())
    return ("", search_result_of(me, found)) if found is not None else (NOT_FOUND, None)


@login_required
@require_safe
def friend_lists(request: HttpRequest) -> HttpResponse:
    """The lists of the page, reloaded whenever the socket reports a change."""
    me, at = require_user(request), now()
    if accounts_friends.friends_refusal(me, at):
        return HttpResponse(status=204)
    return render(request, "accounts/_friends.html", {"page": friends_page(me, at)})


@login_required_at("accounts:friends")
@require_POST
def ask_friend(request: HttpRequest) -> HttpResponse:
    me, form = require_user(request), UsernameForm(request.POST)
    if not allow("friend_request", str(me.pk), limit=REQUESTS, window_s=REQUESTS_S):
        return _back(request, refusal=TOO_MANY_REQUESTS)
    username = form.cleaned_data["username"] if form.is_valid() else ""
    asked = User.objects.named(username).first()
    try:
        if asked is None:
            raise FriendshipRefused(NOT_FOUND)
        friendship = accounts_friends.request_friend(asker=me, asked=asked, at=now())
    except FriendshipRefused as refusal:
        return _back(request, refusal=str(refusal))
    return _back(request, done=_request_message(friendship, asked))


def _request_message(friendship: Friendship, other: User) -> str:
    """The message after a request; a declined request reads like a waiting one."""
    if friendship.status == Friendship.Status.ACCEPTED:
        return f"You and {other.username} are friends now."
    return f"Request sent. {other.username} will see it on their friends page."


AnswerService = Callable[..., object]


@login_required_at("accounts:friends")
@require_POST
def accept_friend(request: HttpRequest, friendship_id: int) -> HttpResponse:
    return _answer(request, friendship_id, accounts_friends.accept_friend, "You are friends now.")


@login_required_at("accounts:friends")
@require_POST
def decline_friend(request: HttpRequest, friendship_id: int) -> HttpResponse:
    return _answer(request, friendship_id, accounts_friends.decline_friend, "Declined. We don't tell them.")


@login_required_at("accounts:friends")
@require_POST
def withdraw_request(request: HttpRequest, friendship_id: int) -> HttpResponse:
    return _answer(request, friendship_id, accounts_friends.withdraw_request, "Your request is taken back.")


def _answer(request: HttpRequest, friendship_id: int, answer: AnswerService, done: str) -> HttpResponse:
    """Apply an answer to a request of this person; other people's requests read as closed."""
    me = require_user(request)
    friendship = Friendship.objects.of(me.pk).select_related("low", "high").filter(pk=friendship_id).first()
    try:
        if friendship is None:
            raise FriendshipRefused(REQUEST_CLOSED)
        answer(friendship=friendship, by=me, at=now())
    except FriendshipRefused as refusal:
        return _back(request, refusal=str(refusal))
    return _back(request, done=done)


@login_required_at("accounts:friends")
@require_POST
def end_friendship(request: HttpRequest, person_id: int) -> HttpResponse:
    accounts_friends.end_friendship(user=require_user(request), other=_known(request, person_id), at=now())
    return _back(request, done="You are no longer friends. We don't tell them.")


@login_required_at("accounts:friends")
@require_POST
def block_person(request: HttpRequest, person_id: int) -> HttpResponse:
    accounts_friends.block_person(blocker=require_user(request), blocked=_known(request, person_id), at=now())
    return _back(request, done="Blocked. You no longer see each other, and we don't tell them.")


@login_required_at("accounts:friends")
@require_POST
def unblock_person(request: HttpRequest, person_id: int) -> HttpResponse:
    accounts_friends.unblock_person(blocker=require_user(request), blocked=_known(request, person_id), at=now())
    return _back(request, done="Unblocked. You can ask them to be friends again.")


def _known(request: HttpRequest, person_id: int) -> User:
    """A person with a friendship, request or block of this user; 404 for other ids."""
    me = require_user(request)
    is_known = (
        Friendship.objects.between(me.pk, person_id).exists()
        or Block.objects.filter(blocker=me, blocked=person_id).exists()
    )
    found = User.objects.filter(pk=person_id).first() if is_known else None
    if found is None:
        raise Http404
    return found


def _back(request: HttpRequest, *, done: str = "", refusal: str = "") -> HttpResponse:
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, done)
    return redirect("accounts:friends")


@limited("friend_invite", limit=200, window_s=60)  # a school shares one address
@require_http_methods(["GET", "HEAD", "POST"])
def friend_invite(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invite on GET, accept it on POST: link previews befriend nobody. Every expired link looks the same."""
    sender, at = invite_sender(token), now()
    if sender is None or accounts_friends.friends_refusal(sender, at):
        return render(request, "accounts/friend_invite_expired.html", status=410)
    if not request.user.is_authenticated:
        if request.method == "POST":
            return redirect_to_login(request.path)
        return render(request, "accounts/friend_invite.html", {"name": public_name_of(sender, at)})
    me = require_user(request)
    ineligible = accounts_friends.friends_refusal(me, at)
    if not ineligible and me.pk != sender.pk and not accounts_friends.may_meet(me, sender, at):
        return render(request, "accounts/friend_invite_expired.html", status=410)
    if request.method == "POST" and not ineligible:
        return _accept_invite(request, sender)
    load_disclosures([sender])
    context: dict[str, object] = {
        "name": public_name_of(sender, at) if ineligible else sender.display_name,
        "ineligible": ineligible,
    }
    context["result"] = search_result_of(me, sender)
    return render(request, "accounts/friend_invite.html", context)


def _accept_invite(request: HttpRequest, sender: User) -> HttpResponse:
    try:
        friendship = accounts_friends.accept_invite(sender=sender, by=require_user(request), at=now())
    except FriendshipRefused as refusal:
        return _back(request, refusal=str(refusal))
    return _back(request, done=_request_message(friendship, sender))
