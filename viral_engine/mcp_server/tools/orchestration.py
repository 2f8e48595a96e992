"""Tools of the Orchestrator and of Tutor Advocacy: offers, their share packs, and what came of them."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from loops.core.orchestrator import OfferDecision
from loops.core.orchestrator import route_loop as route
from loops.core.orchestrator import trigger_event as trigger
from loops.core.registry import LOOPS, share_pack_for
from loops.tutor_spotlight.queries import referrals_of
from viral_engine.accounts.models import Role
from viral_engine.api.problems import Refusal
from viral_engine.api.routes.links import link_of
from viral_engine.api.routes.links import reply as link_reply
from viral_engine.api.schemas.base import Reply
from viral_engine.api.schemas.links import LinkReply
from viral_engine.kernel.agent_registry import ORCHESTRATOR, TUTOR_ADVOCACY
from viral_engine.kernel.models import LoggedEvent
from viral_engine.mcp_server.calls import current_call
from viral_engine.mcp_server.tools import Loop, Person, agent_tool

EVENT_FOR = timedelta(days=7)  # how long an event may start a loop
LinkCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{8}$", description="The code of a link.")]
EventType = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$", description="For example practice_completed.")]


class OfferReply(Reply):
    """A decision: `action` says what the page does, "none" when nothing is offered; `message` is for the person."""

    action: str
    loop: str
    rationale: str
    message: str
    is_degraded: bool
    link: LinkReply | None


class ChannelReply(Reply):
    name: str
    href: str
    text: str


class SharePackReply(Reply):
    """Everything to share a link with. Only `headline` and `message` are for the friend."""

    title: str
    headline: str
    message: str
    terms: str
    url: str
    card_path: str
    channels: list[ChannelReply]


class ReferralsReply(Reply):
    shares: int
    clicks: int
    guests: int
    sign_ups: int
    requests: int
    agreed: int
    xp: int
    xp_waiting: int


def _offer(choice: OfferDecision) -> OfferReply:
    return OfferReply(
        action=choice.action,
        loop=choice.loop,
        rationale=choice.rationale,
        message=choice.message,
        is_degraded=bool(choice.degraded_reasons),
        link=link_reply(choice.link) if choice.link is not None else None,
    )


@agent_tool(ORCHESTRATOR, "links:write", "decide on an event", is_read_only=False)
def trigger_event(person: Person, event: EventType) -> OfferReply:
    """Decide which loop, if any, to offer after the person's newest event of this type of the last seven days.

    Events themselves come in over POST /api/v1/events. Consent, trust and safety, cooldowns and daily caps apply.
    """
    call = current_call()
    types = sorted({one.type for loop in LOOPS.values() for one in loop.triggers})
    if event not in types:
        raise Refusal(422, "unknown_event", f"Events that start a loop: {', '.join(types)}.")
    user = call.person(person)
    mine = LoggedEvent.objects.filter(actor_id=user.pk, type=event, is_invalid=False, at__gte=call.at - EVENT_FOR)
    newest = mine.order_by("-at").first()
    if newest is None:
        raise Refusal(409, "not_offered", "The person has no such event of the last seven days.")
    return _offer(trigger(newest.as_event(), call.at))


@agent_tool(ORCHESTRATOR, "links:write", "offer a loop", is_read_only=False)
def route_loop(person: Person, loop: Loop) -> OfferReply:
    """Ask whether this loop may be offered to the person now, and offer it if so."""
    call = current_call()
    if loop not in LOOPS:
        raise Refusal(422, "loop_unknown", f"Known loops: {', '.join(sorted(LOOPS))}.")
    return _offer(route(loop, call.person(person), call.at))


@agent_tool(ORCHESTRATOR, "links:read", "read a share pack")
def get_share_pack(code: LinkCode) -> SharePackReply:
    """Read the copy, the address and the channels of a link of one of your people."""
    call = current_call()
    link = link_of(call.key.program, code)
    call.about[:] = [link.referrer_id]
    pack = share_pack_for(link)
    return SharePackReply(
        title=pack.copy.title,
        headline=pack.copy.headline,
        message=pack.copy.message,
        terms=pack.copy.terms,
        url=pack.url,
        card_path=pack.card_url,
        channels=[ChannelReply(name=one.name, href=one.href, text=one.text) for one in pack.channels],
    )


@agent_tool(TUTOR_ADVOCACY, "links:read", "read a tutor's referrals")
def get_tutor_referrals(person: Person) -> ReferralsReply:
    """Count what came of a tutor's shared links, from shares to agreed sessions."""
    call = current_call()
    tutor = call.person(person)
    if tutor.role != Role.TUTOR:
        raise Refusal(422, "invalid", "The person is no tutor.")
    return ReferralsReply.model_validate(referrals_of(tutor, call.at), from_attributes=True)
