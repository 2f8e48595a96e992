"""Requests for a lesson: the tutor answers them, the family sees what came of theirs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from loops.forms import AnswerForm
from loops.models import BookingRequest
from loops.models.spotlight import BookingRequestQuerySet
from loops.tutor_spotlight import bookings as services
from loops.tutor_spotlight.pages import REQUESTS_SHOWN, referrals_of, requests_to
from viral_engine.accounts.models import Role, User
from viral_engine.accounts.visitors import members_only, signed_in, visitor_of
from viral_engine.charts import figure
from viral_engine.kernel.clock import now


def _tutor(request: HttpRequest) -> User:
    person = signed_in(request)
    if person.role != Role.TUTOR:
        raise Http404
    return person


@login_required
@require_safe
def tutor_requests(request: HttpRequest) -> HttpResponse:
    asked = requests_to(_tutor(request))[:REQUESTS_SHOWN]
    return render(request, "loops/tutor_requests.html", {"bookings": asked})


@members_only("loops:tutor_requests")
@require_POST
def answer_booking(request: HttpRequest, booking_id: int) -> HttpResponse:
    """The tutor's one answer; a second press meets the first."""
    booking = get_object_or_404(requests_to(_tutor(request)), pk=booking_id)
    form = AnswerForm(request.POST)
    if form.is_valid():
        is_accepted = form.cleaned_data["answer"] == "accept"
        if services.answer_booking(booking=booking, is_accepted=is_accepted, at=now()):
            messages.success(request, "Agreed. Write to them to find a time." if is_accepted else "They will be told.")
        else:
            messages.info(request, "This request was answered or taken back before.")
    return redirect("loops:tutor_requests")


@login_required
@require_safe
def tutor_referrals(request: HttpRequest) -> HttpResponse:
    page = referrals_of(_tutor(request), now())
    return render(request, "loops/tutor_referrals.html", {"page": page, "chart": figure(page.chart)})


def _mine(request: HttpRequest) -> BookingRequestQuerySet:
    """What this visitor asked for, a guest by their cookie."""
    visitor = visitor_of(request)
    return BookingRequest.objects.all().asked_by(visitor.user, visitor.guest).whole()


@require_safe
def bookings(request: HttpRequest) -> HttpResponse:
    return render(request, "loops/bookings.html", {"bookings": _mine(request)[:REQUESTS_SHOWN]})


@require_POST
def cancel_booking(request: HttpRequest, booking_id: int) -> HttpResponse:
    booking = get_object_or_404(_mine(request), pk=booking_id)
    if services.cancel_booking(booking=booking, at=now()):
        messages.success(request, "Your request is taken back.")
    else:
        messages.info(request, "The tutor answered before.")
    return redirect("loops:bookings")
