from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from loops.core.decks import is_referrer
from loops.core.referees import OwnLinkOpened, record_arrival
from loops.core.registry import share_pack_for
from loops.core.views.link_access import open_link_required
from loops.core.views.participants import start_as_participant
from loops.models import Link
from tests.loops.sample_loop.loop import PURPOSE
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Subject
from viral_engine.learning.services.assessments import start_diagnostic


@require_http_methods(["GET", "POST"])
@open_link_required(PURPOSE)
def landing(request: HttpRequest, link: Link) -> HttpResponse:
    """GET shows the invitation, POST starts the diagnostic."""
    if request.method == "POST":
        return start_as_participant(request, link, lambda owner: _start(link, owner, now()))
    copy = share_pack_for(link).copy
    return HttpResponse(format_html("<h1>{}</h1><button>{}</button>", copy.headline, copy.cta))


def _start(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    if is_referrer(link, owner):
        raise OwnLinkOpened
    subject = Subject.objects.get(slug=link.words["slug"])
    attempt = start_diagnostic(owner=owner, subject=subject, link_code=link.code, at=at)
    record_arrival(link=link, owner=owner, at=at)
    return attempt
