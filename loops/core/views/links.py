from functools import partial
from types import NoneType

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from loops.core.decks import is_referrer
from loops.core.links import record_touch
from loops.core.registry import loop_of
from loops.core.views.link_access import link_unavailable, open_link
from loops.models import Touch
from loops.rules.robots import is_robot
from viral_engine.accounts.identity import participant_of
from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import ATTRIBUTION
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited
from viral_engine.kernel.page_parts import part_or


@limited("follow", limit=600, window_s=60)  # a whole class may open one link from one address
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Count a person's click and redirect to the landing page. Robots, and clicks while nothing can be recorded, are
    redirected uncounted.
    """
    at = now()
    link, status = open_link(token, "link", at)
    if link is None:
        return link_unavailable(request, status)
    response = redirect(loop_of(link).landing(link))
    if _is_robot(request):
        return response
    person = participant_of(request, link_code=link.code, at=at)
    if is_referrer(link, person.owner):
        return response
    user, guest_id = (person.owner, "") if isinstance(person.owner, User) else (None, str(person.owner.pk))
    record = partial(
        record_touch,
        link=link,
        visitor=str(user.person_id) if user else guest_id,
        guest_id=guest_id,
        user_id=user.pk if user else None,
        channel=request.GET.get("via", ""),
        campaign=request.GET.get("utm_campaign", ""),
        at=at,
    )
    part_or(ATTRIBUTION.key, record, None, (Touch, NoneType))
    return person.remember(response)


def _is_robot(request: HttpRequest) -> bool:
    purposes = tuple(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return is_robot(
        method=request.method or "",
        user_agent=request.headers.get("User-Agent", ""),
        purposes=purposes,
        fetch_mode=request.headers.get("Sec-Fetch-Mode", ""),
        fetch_dest=request.headers.get("Sec-Fetch-Dest", ""),
    )
