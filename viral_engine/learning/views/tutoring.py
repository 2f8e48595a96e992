"""Tutoring sessions: logged by the tutor, read and rated by the family, 404 for everybody else."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import Role, User
from viral_engine.kernel.clock import now
from viral_engine.learning.forms import RatingForm, SessionForm
from viral_engine.learning.queries.tutoring import (
    recording_consents,
    session_page,
    sessions_of,
    students_of,
    unrated_session,
)
from viral_engine.learning.services import tutoring
from viral_engine.learning.services.tutoring import RatingRefused, SessionDraft, SessionRefused, TranscriptRefused


@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    person = require_user(request)
    return render(request, "learning/sessions.html", {"sessions": sessions_of(person, now())})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_session(request: HttpRequest) -> HttpResponse:
    tutor = require_user(request)
    if tutor.role != Role.TUTOR:
        raise Http404
    students = students_of(tutor)
    form = SessionForm(request.POST or None, request.FILES or None, students=students)
    if request.method == "POST" and form.is_valid() and (session_id := _log(tutor, form)):
        messages.success(request, "Saved. The family can now read and rate it.")
        return redirect("learning:session", session_id)
    context = {"form": form, "students": students, "consents": recording_consents(students, now())}
    return render(request, "learning/session_form.html", context)


def _log(tutor: User, form: SessionForm) -> int | None:
    """Log the session and return its id; or None, with the reason at its form field."""
    names = ("student_id", "subject", "started_at", "duration_min", "transcript")
    draft = SessionDraft(**{name: form.cleaned_data[name] for name in names})
    try:
        return tutoring.log_session(tutor=tutor, draft=draft, at=now()).pk
    except TranscriptRefused as refusal:
        form.add_error("transcript_file" if form.cleaned_data["transcript_file"] else "transcript_text", str(refusal))
    except SessionRefused as refusal:
        form.add_error(None, str(refusal))
    return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Show a session on GET, rate it on POST."""
    person, at = require_user(request), now()
    page = session_page(person, session_id, at, with_transcript=request.method != "POST")
    if page is None or (request.method == "POST" and not page.may_rate):
        raise Http404
    rated = {"rating": page.session.rating, "feedback": page.session.feedback}
    form = RatingForm(request.POST if request.method == "POST" else None, initial=rated)
    if request.method == "POST" and form.is_valid():
        try:
            tutoring.rate_session(session=page.session, by=person, at=at, **form.cleaned_data)
        except RatingRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Thank you. You can change your rating for 24 hours.")
            return redirect("learning:session", session_id)
    return render(request, "learning/session.html", {"page": page, "session": page.session, "form": form})


@login_required
@require_safe
def session_to_rate(request: HttpRequest) -> HttpResponse:
    """The unrated session on a learner's home page; 204 without one."""
    found = unrated_session(require_user(request), now())
    if found is None:
        return HttpResponse(status=204)
    return render(request, "learning/_session_to_rate.html", {"session": found})
