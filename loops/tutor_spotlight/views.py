"""Pages of Tutor Spotlight: the tutor's public page, requests for a session, the tutor's referrals."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from loops.core.decks import try_deck
from loops.core.referees import OwnLinkOpened
from loops.core.registry import share_pack_for
from loops.core.share import LinkPreview
from loops.core.views.decks import play_deck
from loops.core.views.link_access import link_unavailable, open_link
from loops.models import Link
from loops.tutor_spotlight import bookings as services
from loops.tutor_spotlight.bookings import BookingDetails, BookingRefused, request_booking
from loops.tutor_spotlight.forms import BookingAnswerForm, BookingForm
from loops.tutor_spotlight.models import BookingRequest, BookingRequestQuerySet
from loops.tutor_spotlight.queries import MAX_REQUESTS, PURPOSE, TutorPage, referrals_of, requests_to, tutor_page
from viral_engine.accounts.identity import login_required_at, participant_of, require_user, visitor_of
from viral_engine.accounts.models import Guest, Role, User
from viral_engine.accounts.views.sign_up import remembered_birthdate
from viral_engine.charts import figure
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.learning.models import Attempt


@require_safe
def tutor(request: HttpRequest, token: str) -> HttpResponse:
    """The tutor's page for a family; nothing is written until they try or ask."""
    link, status = open_link(token, PURPOSE, now())
    if link is None:
        return link_unavailable(request, status)
    page = _page(request, link)
    known = request.user
    about_them = {"name": known.first_name, "email": known.email} if known.is_authenticated else {}
    form = BookingForm(initial=about_them, subjects=page.profile.subjects, is_guest=page.is_guest)
    return _draw(request, link, token, page, form)


def _page(request: HttpRequest, link: Link) -> TutorPage:
    return tutor_page(link, visitor_of(request), born=remembered_birthdate(request), at=now())


def _draw(
    request: HttpRequest, link: Link, token: str, page: TutorPage, form: BookingForm, status: int = 200
) -> HttpResponse:
    context = {"link": link, "token": token, "page": page, "form": form, "pack": share_pack_for(link)}
    return render(
        request, "loops/tutor_spotlight/landing.html", context | {"preview": _preview(link, page)}, status=status
    )


def _preview(link: Link, page: TutorPage) -> LinkPreview:
    offer = f"{page.profile.name} teaches {page.profile.teaches}"
    off = f"{link.spotlight.discount_percent}% off your first session"
    return LinkPreview(
        title=f"{offer}: {off}",
        description="Five questions to try, no account needed. Then request a session.",
        picture=f"{offer}. {off}.",
    )


@limited("play", limit=300, window_s=60)
@require_POST
def try_questions(request: HttpRequest, token: str) -> HttpResponse:
    """Start the tutor's five questions, signed in or not."""
    return play_deck(request, token, PURPOSE, _try)


def _try(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    return try_deck(link=link, deck=link.spotlight.deck, owner=owner, at=at)


@limited("book_lesson", limit=30, window_s=3600)
@require_POST
def request_session(request: HttpRequest, token: str) -> HttpResponse:
    """Request a session; a bot that fills in the hidden field gets the page and nothing else."""
    link, status = open_link(token, PURPOSE, now())
    if link is None:
        return link_unavailable(request, status)
    page, landing = _page(request, link), f"{reverse('loops:tutor', args=[token])}#lesson"
    form = BookingForm(request.POST, subjects=page.profile.subjects, is_guest=page.is_guest)
    if form.is_trapped or not page.may_ask:
        return redirect(landing)
    if not form.is_valid():
        return _draw(request, link, token, page, form)
    player = participant_of(request, link_code=link.code, at=now())
    try:
        request_booking(spotlight=link.spotlight, owner=player.owner, wish=BookingDetails(**form.facts()), at=now())
    except OwnLinkOpened:
        return redirect("loops:share_sheet", link.code)
    except BookingRefused as why:
        form.add_error(None, str(why))
        return _draw(request, link, token, page, form, status=403)
    return player.remember(redirect(landing))


def _tutor(request: HttpRequest) -> User:
    person = require_user(request)
    if person.role != Role.TUTOR:
        raise Http404
    return person


@login_required
@require_safe
def tutor_requests(request: HttpRequest) -> HttpResponse:
    asked = requests_to(_tutor(request))[:MAX_REQUESTS]
    return render(request, "loops/tutor_spotlight/requests.html", {"bookings": asked})


@login_required_at("loops:tutor_requests")
@require_POST
def answer_booking(request: HttpRequest, booking_id: int) -> HttpResponse:
    """Record the tutor's one answer; a second press changes nothing."""
    booking = get_object_or_404(requests_to(_tutor(request)), pk=booking_id)
    form = BookingAnswerForm(request.POST)
    if form.is_valid():
        is_accepted = form.cleaned_data["answer"] == "accept"
        if services.answer_booking(booking=booking, is_accepted=is_accepted, at=now()):
            messages.success(
                request, "Agreed. Write to them to find a time." if is_accepted else "We've let them know."
            )
        else:
            messages.info(request, "This request was answered or taken back before.")
    return redirect("loops:tutor_requests")


@login_required
@require_safe
def tutor_referrals(request: HttpRequest) -> HttpResponse:
    page = referrals_of(_tutor(request), now())
    return render(request, "loops/tutor_spotlight/referrals.html", {"page": page, "chart": figure(page.chart)})


def _mine(request: HttpRequest) -> BookingRequestQuerySet:
    """The visitor's own requests; a guest is known by the cookie."""
    visitor = visitor_of(request)
    return BookingRequest.objects.all().asked_by(visitor.user, visitor.guest).with_people()


@require_safe
def bookings(request: HttpRequest) -> HttpResponse:
    return render(request, "loops/tutor_spotlight/bookings.html", {"bookings": _mine(request)[:MAX_REQUESTS]})


@require_POST
def cancel_booking(request: HttpRequest, booking_id: int) -> HttpResponse:
    booking = get_object_or_404(_mine(request), pk=booking_id)
    if services.cancel_booking(booking=booking, at=now()):
        messages.success(request, "Your request is taken back.")
    else:
        messages.info(request, "The tutor answered before.")
    return redirect("loops:bookings")
