"""Pushes of all loops to people's open pages."""

from datetime import datetime

from django.urls import reverse

from loops.events import (
    PromptOffered,
    RewardGranted,
    RewardHeld,
    RewardRevoked,
    SignupAttributed,
)
from loops.rules.economy import REWARDS
from viral_engine.kernel.pubsub import publish


def push_reward(event: RewardGranted, _: datetime) -> None:
    """Push a new reward to the person."""
    text = f"+{REWARDS[event.kind].count(event.amount)}"
    payload = {"kind": event.kind, "amount": event.amount, "reason": event.reason, "text": text}
    publish(f"user:{event.actor_id}", event.type, payload | {"url": reverse("loops:rewards")})


def push_held(event: RewardHeld, _: datetime) -> None:
    """Push a reward that is on hold."""
    text = f"{REWARDS[event.kind].count(event.amount)} will be yours after {event.waits_for}."
    payload = {"kind": event.kind, "amount": event.amount, "text": text, "url": reverse("loops:rewards")}
    publish(f"user:{event.actor_id}", event.type, payload)


def push_revoked(event: RewardRevoked, _: datetime) -> None:
    """Push a revoked reward, with the reason."""
    text = f"{REWARDS[event.kind].count(event.amount)} taken back: {event.reason}"
    payload = {"kind": event.kind, "amount": event.amount, "reason": event.reason, "text": text}
    publish(f"user:{event.actor_id}", event.type, payload | {"url": reverse("loops:rewards")})


def push_referral(event: SignupAttributed, _: datetime) -> None:
    """Push to the referrer that a friend joined, without a name."""
    payload = {"loop": event.loop, "text": "A friend you invited has joined."}
    publish(f"user:{event.referrer_id}", "referral_joined", payload | {"url": reverse("loops:rewards")})


def push_prompt(event: PromptOffered, _: datetime) -> None:
    """Push a waiting offer to the person's other tabs. No query."""
    url = reverse("loops:share_sheet", args=[event.link_code])
    if event.attempt_id:
        url = reverse("learning:result", args=[event.attempt_id])
    # An arm may put a placeholder into the title; it is filled in where the offer itself is shown.
    title = event.title if event.title and "{" not in event.title else "Something to share"
    payload = {
        "loop": event.loop,
        "prompt_id": event.prompt_id,
        "text": f"{title}: an offer is waiting for you.",
        "url": url,
    }
    publish(f"user:{event.actor_id}", event.type, payload)
