from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from loops import rules
from loops.core.links import record_touch
from loops.core.registry import loop_of
from loops.core.views.link_access import link_unavailable, open_link
from viral_engine.accounts.identity import device_of, remember_device, remember_guest, visitor_of
from viral_engine.accounts.services.guests import create_guest
from viral_engine.kernel.client_identity import hashed_ip
from viral_engine.kernel.clock import now
from viral_engine.kernel.limiter import limited


@limited("follow", limit=600, window_s=60)  # a whole class may open one link from one address
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Count a person's click and redirect to the landing page; robots are redirected uncounted."""
    at = now()
    link, status = open_link(token, "link", at)
    if link is None:
        return link_unavailable(request, status)
    response = redirect(loop_of(link).landing(link))
    if _is_robot(request):
        return response
    visitor = visitor_of(request)
    if visitor.user is not None and visitor.user.pk == link.referrer_id:
        return response
    guest = visitor.guest
    if visitor.user is None and guest is None:
        device, device_hash = device_of(request)
        guest = create_guest(device=device_hash, ip_hash=hashed_ip(request), link_code=link.code, at=at)
        remember_guest(response, guest)
        remember_device(response, device)
    record_touch(
        link=link,
        visitor=str(visitor.person_id or (guest.pk if guest else "")),
        guest_id=str(guest.pk) if guest else "",
        user_id=visitor.user.pk if visitor.user else None,
        channel=request.GET.get("via", ""),
        campaign=request.GET.get("utm_campaign", ""),
        at=at,
    )
    return response


def _is_robot(request: HttpRequest) -> bool:
    purposes = tuple(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    agent = request.headers.get("User-Agent", "")
    return rules.is_robot(method=request.method or "", user_agent=agent, purposes=purposes)
