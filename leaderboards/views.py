from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leaderboards import fragments, queries, rules
from leaderboards.forms import BoardForm
from leaderboards.rules import Board
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import Cohort, Role, User
from viral_engine.accounts.queries import room_refusal
from viral_engine.accounts.viewer_profiles import ViewerProfile, viewer_profile_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.htmx import is_htmx
from viral_engine.learning.models import Subject


@dataclass(frozen=True, slots=True)
class BoardSelection:
    """The board the viewer selected."""

    form: BoardForm
    subject: Subject
    cohort_id: int | None
    who: str

    @property
    def is_live(self) -> bool:
        return not self.who

    @property
    def query(self) -> str:
        return urlencode({name: self.form.cleaned_data[name] for name in self.form.fields})

    def board(self, at: datetime) -> Board:
        is_new, data = self.who == "new", self.form.cleaned_data
        return Board(
            subject_id=self.subject.pk,
            period=queries.period_of(data["period"], at),
            metric=data["metric"],
            band="" if is_new else self.who,
            cohort_id=self.cohort_id,
            newcomers_since=at - rules.NEWCOMER_FOR if is_new else None,
        )


def selection_of(request: HttpRequest, user: User) -> BoardSelection:
    """The selected board. Raises  Http404 for unknown values or another cohort. Cost  2 queries."""
    subjects = list(Subject.objects.all())
    cohorts = list(Cohort.objects.filter(memberships__user=user, is_active=True).order_by("name"))
    form = BoardForm(
        request.GET,
        subjects=subjects,
        cohorts=cohorts,
        preferred=user.current_subject,
        band=rules.band_of(user.grade) if user.role == Role.STUDENT else "",
    )
    if not form.is_valid():
        raise Http404
    data = form.cleaned_data
    subject = next(subject for subject in subjects if subject.slug == data["subject"])
    return BoardSelection(form, subject, int(data["cohort"]) if data["cohort"] else None, data["who"])


@login_required
@require_safe
def boards(request: HttpRequest) -> HttpResponse:
    """Show the selected board, the viewer's place on it, and the form that selects another.

    Cost  16 queries beyond session and user, whatever the sizes.
    """
    user, at = require_user(request), now()
    viewer = viewer_profile_of(user)
    if not viewer.may_enter:
        return _waiting(request, user, at)
    chosen = selection_of(request, user)
    context = _shown(chosen, viewer, at) | {"place": queries.place_of(user, chosen.board(at), viewer.hidden)}
    is_part = is_htmx(request) and not request.headers.get("HX-History-Restore-Request")
    return render(request, "leaderboards/_selected_board.html" if is_part else "leaderboards/boards.html", context)


def _waiting(request: HttpRequest, user: User, at: datetime) -> HttpResponse:
    headline, text = room_refusal(user, at)
    return render(request, "leaderboards/waiting.html", {"headline": headline, "text": text})


def _shown(chosen: BoardSelection, viewer: ViewerProfile, at: datetime) -> dict[str, Any]:
    """Live boards are rendered together under one root; boards of bands and newcomers are rendered alone."""
    context: dict[str, Any] = {"chosen": chosen, "form": chosen.form, "data": chosen.form.cleaned_data}
    if chosen.is_live:
        context["board"] = queries.boards_of(chosen.subject, chosen.cohort_id, at, viewer.hidden)
        context["topic"] = queries.topic_of(chosen.subject.slug, chosen.cohort_id)
    else:
        data = chosen.form.cleaned_data
        rows = queries.top_of(chosen.board(at), viewer.hidden)
        context["panel"] = queries.BoardTop(data["period"], data["metric"], rows)
    return context


@login_required
@require_safe
def place(request: HttpRequest) -> HttpResponse:
    """The viewer's own place, reloaded when the open board changes."""
    user, at = require_user(request), now()
    viewer = viewer_profile_of(user)
    if not viewer.may_enter:
        raise Http404
    chosen = selection_of(request, user)
    found = queries.place_of(user, chosen.board(at), viewer.hidden)
    return render(request, "leaderboards/_place.html", {"chosen": chosen, "place": found})


@login_required
@require_safe
def league(request: HttpRequest) -> HttpResponse:
    """The viewer's league of this week."""
    user, at = require_user(request), now()
    viewer = viewer_profile_of(user)
    if not viewer.may_enter:
        return _waiting(request, user, at)
    found = queries.league_of(user, at, viewer.hidden, viewer.friends)
    if is_htmx(request):
        return HttpResponse(fragments.league(found))
    return render(request, "leaderboards/league.html", {"league": found})


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The viewer's league and best rank for the home page; empty for people who are on no board."""
    user, at = require_user(request), now()
    if not viewer_profile_of(user).may_enter or user.role != "student":
        return HttpResponse("")
    return HttpResponse(fragments.mine(queries.home_standings(user, at)))


@login_required
@require_safe
def cohort(request: HttpRequest, cohort_id: int, slug: str) -> HttpResponse:
    """A cohort's boards for the cohort page; 404 for non-members."""
    user, at = require_user(request), now()
    viewer = viewer_profile_of(user)
    if not viewer.may_enter or cohort_id not in viewer.cohorts:
        raise Http404
    return HttpResponse(fragments.boards(get_object_or_404(Subject, slug=slug), cohort_id, at, viewer.hidden))
