"""Share links of the program's people: made by the orchestrator, read with their QR codes, deactivated."""

from typing import Literal

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from ninja import Router

from loops.core.links import deactivate, is_open, token_for
from loops.core.orchestrator import route_loop
from loops.core.queries import waiting_prompt
from loops.core.registry import LOOPS
from loops.media.qr import qr_png, qr_svg
from loops.models import Link
from viral_engine.accounts.models import User
from viral_engine.api import problems
from viral_engine.api.auth import ApiRequest, KeyWith
from viral_engine.api.models import ApiProgram, ExternalPerson
from viral_engine.api.paging import page_of
from viral_engine.api.problems import Refusal
from viral_engine.api.queries import person_of
from viral_engine.api.routes.params import Code, Cursor, Key, Limit
from viral_engine.api.schemas.links import LinkBody, LinkList, LinkReply
from viral_engine.api.services.idempotency import answer_once
from viral_engine.kernel.clock import now

router = Router(tags=["Links"])


def url_of(link: Link) -> str:
    return f"{settings.SITE_URL}{reverse('loops:follow', args=[token_for(link, 'link')])}"


def reply(link: Link) -> LinkReply:
    """A link with its referrer, as programs read it; no query."""
    at = now()
    state = "live" if is_open(link, at) else "closed"
    if link.deactivated_at is not None:
        state = "deactivated"
    elif not link.is_live(at):
        state = "expired"
    facts = {"code": link.code, "loop": link.loop_id, "url": url_of(link), "state": state}
    facts |= {"created_at": link.created_at.isoformat(), "expires_at": link.expires_at.isoformat()}
    return LinkReply.model_validate(facts)


def link_of(program: ApiProgram, code: str) -> Link:
    """The link of one of the program's people. Raises  Refusal, as for the person. 3 queries, 4 for a child's."""
    link = Link.objects.select_related("referrer").filter(code=code, referrer__external_ids__program=program).first()
    if link is None:
        raise Refusal(404, "not_found")
    known = ExternalPerson.objects.get(program=program, user=link.referrer_id)
    person_of(program, known.external_id, now())
    return link


@router.post("/people/{external_id}/links", auth=KeyWith("links:write"), response={201: LinkReply})
def create_link(request: ApiRequest, external_id: Key, body: LinkBody) -> HttpResponse:
    """Ask the orchestrator to offer a loop to the person: 201 with the link, or 409 with its reason.

    A waiting offer of the loop is returned again. Trust and safety, consent, cooldowns and daily caps apply.
    """
    at, program = now(), request.auth.program
    if body.loop not in LOOPS:
        raise Refusal(422, "loop_unknown", f"Known loops: {', '.join(sorted(LOOPS))}.")
    user = person_of(program, external_id, at)

    def work() -> tuple[int, str]:
        link, reason = offered_link(body.loop, user)
        if link is None:
            return problems.as_text(Refusal(409, "not_offered", reason))
        return 201, reply(link).model_dump_json()

    return answer_once(request, program, work, at=at)


def offered_link(loop: str, user: User) -> tuple[Link | None, str]:
    """The link of a waiting offer, or of a new one; else why there is none."""
    at = now()
    waiting = waiting_prompt(user, at, loop=loop)
    if waiting is not None:
        return waiting.link, ""
    choice = route_loop(loop, user, at)
    if choice.link is not None:
        return choice.link, ""
    waiting = waiting_prompt(user, at, loop=loop)
    return (waiting.link, "") if waiting is not None else (None, choice.message or choice.rationale)


@router.get("/people/{external_id}/links", auth=KeyWith("links:read"), response=LinkList)
def list_links(request: ApiRequest, external_id: Key, cursor: Cursor = None, limit: Limit = 50) -> LinkList:
    """List a person's links, oldest first."""
    user = person_of(request.auth.program, external_id, now())
    found, after = page_of(Link.objects.filter(referrer=user).select_related("referrer"), cursor=cursor, limit=limit)
    return LinkList(links=[reply(one) for one in found], next_cursor=after)


@router.get("/links/{code}", auth=KeyWith("links:read"), response=LinkReply)
def get_link(request: ApiRequest, code: Code) -> LinkReply:
    """Read one link."""
    return reply(link_of(request.auth.program, code))


@router.delete("/links/{code}", auth=KeyWith("links:write"), response=LinkReply)
def delete_link(request: ApiRequest, code: Code) -> LinkReply:
    """Deactivate a link: people who follow it read that it is gone. Doing it again changes nothing."""
    link = link_of(request.auth.program, code)
    deactivate(link, now())
    link.refresh_from_db(fields=["deactivated_at"])
    return reply(link)


@router.get(
    "/links/{code}/qr.{kind}",
    auth=KeyWith("links:read"),
    openapi_extra=problems.file_answer("image/png", "image/svg+xml"),
)
def get_qr_code(request: ApiRequest, code: Code, kind: Literal["png", "svg"]) -> HttpResponse:
    """Read the QR code of a link, as PNG or SVG. A click through it counts for the channel `qr`."""
    address = f"{url_of(link_of(request.auth.program, code))}?via=qr"
    if kind == "png":
        return HttpResponse(qr_png(address), content_type="image/png")
    return HttpResponse(qr_svg(address), content_type="image/svg+xml")
