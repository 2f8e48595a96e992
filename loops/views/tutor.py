"""A tutor's public page: who they are, five questions to try, a lesson to ask for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from loops.forms import BookingForm
from loops.models import Link
from loops.registry import share_pack
from loops.services.joiners import OwnLink
from loops.share import Preview
from loops.tutor_spotlight.bookings import BookingRefused, Wish, request_booking, try_out
from loops.tutor_spotlight.pages import TutorPage, tutor_page
from loops.views.gone import gone, open_link
from loops.views.players import play_through, player_of
from viral_engine.accounts.views.sign_up import remembered_birthdate
from viral_engine.accounts.visitors import visitor_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited

PURPOSE = "tutor"


@require_safe
def tutor(request: HttpRequest, token: str) -> HttpResponse:
    """The tutor as a family meets them; nothing is written until they try or ask."""
    link, status = open_link(token, PURPOSE, now())
    if link is None:
        return gone(request, status)
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
    context = {"link": link, "token": token, "page": page, "form": form, "pack": share_pack(link)}
    return render(request, "loops/tutor.html", context | {"preview": _preview(link, page)}, status=status)


def _preview(link: Link, page: TutorPage) -> Preview:
    offer = f"{page.profile.name} teaches {page.profile.teaches}"
    off = f"{link.spotlight.discount_percent}% off your first lesson"
    return Preview(
        title=f"{offer}: {off}",
        description="Five questions to try, no account needed. Then ask for a lesson.",
        picture=f"{offer}. {off}.",
    )


@limited("play", limit=300, window_s=60)
@require_POST
def try_lesson(request: HttpRequest, token: str) -> HttpResponse:
    """Straight into the tutor's five questions, signed in or not."""
    link, status = open_link(token, PURPOSE, now())
    if link is None:
        return gone(request, status)
    return play_through(request, link, lambda owner: try_out(spotlight=link.spotlight, owner=owner, at=now()))


@limited("book_lesson", limit=30, window_s=3600)
@require_POST
def book_lesson(request: HttpRequest, token: str) -> HttpResponse:
    """A family asks for a lesson; a program that fills in everything is thanked and forgotten."""
    link, status = open_link(token, PURPOSE, now())
    if link is None:
        return gone(request, status)
    page, landing = _page(request, link), f"{reverse('loops:tutor', args=[token])}#lesson"
    form = BookingForm(request.POST, subjects=page.profile.subjects, is_guest=page.is_guest)
    if form.is_trapped or not page.may_ask:
        return redirect(landing)
    if not form.is_valid():
        return _draw(request, link, token, page, form)
    player = player_of(request, link)
    try:
        request_booking(spotlight=link.spotlight, owner=player.owner, wish=Wish(**form.facts()), at=now())
    except OwnLink:
        return redirect("loops:share_sheet", link.code)
    except BookingRefused as why:
        form.add_error(None, str(why))
        return _draw(request, link, token, page, form, status=403)
    return player.remember(redirect(landing))
