"""What loops sends to people's open pages."""

from datetime import datetime

from django.urls import reverse

from loops import rules
from loops.events import (
    BookingAccepted,
    BookingDeclined,
    BookingRequested,
    ChallengedBack,
    PromptOffered,
    RewardGranted,
    RewardHeld,
    RewardRevoked,
    SignupAttributed,
)
from loops.models import Link, RallyEntry
from loops.results_rally.board import board_of
from loops.services.links import token_for
from viral_engine.kernel.topics import publish
from viral_engine.learning.events import DiagnosticCompleted


def push_reward(event: RewardGranted, _: datetime) -> None:
    """Tell the person's own topic of a new reward."""
    text = f"+{rules.REWARDS[event.kind].count(event.amount)}"
    payload = {"kind": event.kind, "amount": event.amount, "reason": event.reason, "text": text}
    publish(f"user:{event.actor_id}", "reward_granted", payload | {"url": reverse("loops:rewards")})


def push_held(event: RewardHeld, _: datetime) -> None:
    """Tell the person that a reward waits for a review."""
    text = f"{rules.REWARDS[event.kind].count(event.amount)} will be yours once we have looked at it."
    payload = {"kind": event.kind, "amount": event.amount, "text": text, "url": reverse("loops:rewards")}
    publish(f"user:{event.actor_id}", "reward_held", payload)


def push_revoked(event: RewardRevoked, _: datetime) -> None:
    """Tell the person that a reward was taken back, and why."""
    text = f"{rules.REWARDS[event.kind].count(event.amount)} taken back: {event.reason}"
    payload = {"kind": event.kind, "amount": event.amount, "reason": event.reason, "text": text}
    publish(f"user:{event.actor_id}", "reward_revoked", payload | {"url": reverse("loops:rewards")})


def push_referral(event: SignupAttributed, _: datetime) -> None:
    """Tell whoever invited that somebody joined; who it was stays with them."""
    payload = {"loop": event.loop, "text": "A friend you invited has joined."}
    publish(f"user:{event.referrer_id}", "referral_joined", payload | {"url": reverse("loops:rewards")})


def push_challenged_back(event: ChallengedBack, _: datetime) -> None:
    """Tell a member that somebody answers what they did, with the challenge to play."""
    link = Link.objects.select_related("inviter").get(code=event.link_code)
    text = f"{link.inviter.display_name} challenges you back in {event.skill}."
    payload = {
        "user_id": event.actor_id,
        "text": text,
        "url": reverse("loops:challenge", args=[token_for(link, "challenge")]),
    }
    publish(f"user:{event.other_id}", "challenged_back", payload)


def push_prompt(event: PromptOffered, _: datetime) -> None:
    """Tell the person's other tabs that an offer waits, under a result or on their home. No query."""
    url = reverse("loops:share_sheet", args=[event.link_code])
    if event.attempt_id:
        url = reverse("learning:result", args=[event.attempt_id])
    # An arm may have put a fact into the title, which is filled in where the offer itself is shown.
    title = event.title if event.title and "{" not in event.title else "Something to share"
    payload = {
        "loop": event.loop,
        "prompt_id": event.prompt_id,
        "text": f"{title}: an offer waits for you.",
        "url": url,
    }
    publish(f"user:{event.actor_id}", "prompt_offered", payload)


def push_rally(event: DiagnosticCompleted, at: datetime) -> None:
    """Tell whoever started a rally that somebody has joined it; who it was stays with them.

    Their open board draws itself anew. An outsider has no socket, and asks again by itself.

    Cost  1 query; as `board_of` for each rally the diagnostic is an entry of.
    """
    related = ("rally__link__inviter", "rally__subject")
    for entry in RallyEntry.objects.filter(attempt_id=event.attempt_id).select_related(*related):
        rally, board = entry.rally, board_of(entry.rally, at)
        url = reverse("loops:rally", args=[token_for(rally.link, "rally")])
        text = f"Somebody joined your {rally.subject.name} rally. You are number {board.starter_rank} of {board.size}."
        payload = {"rank": board.starter_rank, "players": board.size, "joined": board.joined, "text": text, "url": url}
        publish(f"user:{rally.link.inviter_id}", "rally_moved", payload)


def push_booking(event: BookingRequested, _: datetime) -> None:
    """Tell a tutor that a family asks for a lesson; who it is stands on their page."""
    payload = {"text": "A family asks you for a lesson.", "url": reverse("loops:tutor_requests")}
    publish(f"user:{event.tutor_id}", "booking_requested", payload | {"booking_id": event.booking_id})


def push_answer(event: BookingAccepted | BookingDeclined, _: datetime) -> None:
    """Tell a family with an account what the tutor said; a guest sees it on the page of their requests."""
    if event.family_id is None:
        return
    said = "yes to your lesson" if isinstance(event, BookingAccepted) else "no to your lesson this time"
    payload = {"text": f"Your tutor said {said}.", "url": reverse("loops:bookings")}
    publish(f"user:{event.family_id}", event.type, payload | {"booking_id": event.booking_id})
