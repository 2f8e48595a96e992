"""Steps that several scenes take, each of which reports what the site wrote."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from loops.events import InviteSent
from loops.models import Link, Prompt, Referral, RewardEntry, Touch
from loops.rules.economy import REWARDS
from monitoring.demo.browsers import SiteBrowser, shared_address
from monitoring.demo.stage import Actor, DemoStage, SceneFailed
from viral_engine.kernel.agent_registry import INCENTIVES, ORCHESTRATOR
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.events import FvmReached
from viral_engine.learning.models import Result


def tell_result(stage: DemoStage, who: str, attempt_id: str) -> None:
    result = Result.objects.get(attempt_id=attempt_id)
    stage.fact("Result", f"{who} scored {result.score}% (attempt {attempt_id[:8]})")


def tell_offer(stage: DemoStage, actor: Actor, trigger: type[Event], expected: str) -> Link:
    """Wait for the orchestrator's decision about a trigger, report it with its reasons, and return the offer's link.

    Raises  SceneFailed with the decision's rationale when it chose something else.
    """
    decisions = Decision.objects.made_for(actor.id, agent=ORCHESTRATOR.key).filter(type=trigger.type)
    decision = stage.wait("The orchestrator decides", lambda: decisions.order_by("-pk").first())
    stage.fact("Decision", f"{decision.outcome} in {decision.latency_ms:.0f} ms: {decision.rationale}")
    stage.fact("Considered", "; ".join(_alternative(one) for one in decision.alternatives))
    if decision.outcome != expected:
        raise SceneFailed(f"{expected} was not offered: {decision.rationale}")
    prompt = Prompt.objects.select_related("link__loop").filter(user=actor.id, loop=expected).latest("pk")
    return prompt.link


def _alternative(one: dict[str, Any]) -> str:
    return f"{one['loop']} {one['score']:.2f}" + (f" ({one['objection']})" if one["objection"] else "")


def share(stage: DemoStage, actor: Actor, link: Link, channel: str) -> str:
    """Open the share sheet, and share through a channel as the page's button does; the shared address."""
    address = shared_address(actor.browser.get(f"/loops/share/{link.code}/").text)
    actor.browser.post(f"/loops/share/{link.code}/sent/", {"channel": channel, "key": str(uuid4())})
    sent = LoggedEvent.objects.filter(type=InviteSent.type, link_code=link.code).latest("pk")
    stage.fact("Shared", f"/r/{link.code} through {channel} (event {sent.pk}, {sent.type})")
    if link.arms:
        arms = ", ".join(f"{one['experiment']}: {one['arm']}" for one in link.arms)
        stage.fact("Arms", f"{arms}; friends who follow see the same")
    return address


def follow(stage: DemoStage, browser: SiteBrowser, shared: str, link: Link, channel: str) -> str:
    """Open the shared link without an account; the landing page's path."""
    landing = browser.open_shared(shared, channel)
    touch = Touch.objects.filter(link=link).latest("pk")
    stage.fact("Clicked", f"A guest landed on {landing.split('.')[0]} (touch {touch.pk}, {touch.channel})")
    return landing


def tell_first_value(stage: DemoStage, link: Link) -> None:
    events = LoggedEvent.objects.filter(type=FvmReached.type, link_code=link.code)
    event = stage.wait("First value", lambda: events.order_by("-pk").first())
    click = Touch.objects.filter(link=link).latest("pk")
    waited = (event.at - click.clicked_at).total_seconds()
    stage.fact("First value", f"First right answer {waited:.1f} s after the click (event {event.pk}, {event.type})")


def tell_sign_up(stage: DemoStage, referee: Actor, link: Link) -> None:
    referrals = Referral.objects.filter(referee=referee.id)
    referral = stage.wait("The sign-up is attributed", referrals.first)
    if referral.link_id != link.pk:
        raise SceneFailed("The sign-up was credited to another link.")
    stage.fact("Attributed", f"Member {referee.id} to member {referral.referrer_id}, generation {referral.generation}")


def tell_rewards(stage: DemoStage, loop: str, people: list[Actor], since: datetime) -> None:
    """Wait until the loop's rewards for these people are in the ledger, and report each row."""

    def paid() -> list[RewardEntry] | None:
        rows = RewardEntry.objects.filter(user__in=[one.id for one in people], loop=loop, cause="grant", at__gte=since)
        found = list(rows.order_by("pk"))
        return found if len({row.user_id for row in found}) == len(people) else None

    names = {one.id: one.name for one in people}
    for row in stage.wait("The rewards are granted", paid):
        held = f", held: {row.held_for}" if row.held_at else ""
        what = f"{REWARDS[row.kind].count(row.amount)} to {names[row.user_id]}"
        stage.fact("Reward", f"{what} (ledger row {row.pk}{held})")
    decision = Decision.objects.filter(agent=INCENTIVES.key, type=loop, decided_at__gte=since).order_by("-pk").first()
    if decision is not None:
        stage.fact("Why", decision.rationale)
