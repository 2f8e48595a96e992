from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from loops.core.experiment_adapter import expose
from loops.core.safety_gate import evaluate
from loops.events import InviteSent, LoopExposed, PromptDismissed, PromptOffered
from loops.models import Link, Prompt
from loops.rules.scoring import CHANNELS
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce, announce_unlogged, is_announced
from viral_engine.safety.services import perform


def offer_prompt(
    *, user: User, link: Link, attempt_id: str, rationale: str, prompts_today: int, at: datetime
) -> Prompt:
    """Store an offer that waits to be shown; the caller holds the transaction.

    Cost      1 insert.
    Raises    IntegrityError if a concurrent trigger took the same ordinal of the person's day.
    Announces PromptOffered, unlogged.
    """
    prompt = Prompt.objects.create(
        user=user,
        loop_id=link.loop_id,
        link=link,
        attempt_id=UUID(attempt_id) if attempt_id else None,
        rationale=rationale,
        offered_at=at,
        offered_on=today(at),
        ordinal=prompts_today + 1,
    )
    offered = PromptOffered(
        actor_id=user.pk,
        link_code=link.code,
        loop=link.loop_id,
        prompt_id=prompt.pk,
        attempt_id=attempt_id,
        title=link.words.get("title", ""),
    )
    announce_unlogged(offered, at=at)
    return prompt


@transaction.atomic
def show_prompt(*, prompt: Prompt, at: datetime) -> None:
    """Record that the prompt was shown; this is the exposure, counted once.

    Announces LoopExposed.
    """
    at = max(at, prompt.offered_at)
    if Prompt.objects.filter(pk=prompt.pk, shown_at=None).update(shown_at=at):
        exposed = LoopExposed(
            actor_id=prompt.user_id, link_code=prompt.link.code, loop=prompt.loop_id, prompt_id=prompt.pk
        )
        announce(exposed, at=at)
        expose(prompt.link, prompt.link.referrer.person_id, at)


@transaction.atomic
def dismiss_prompt(*, prompt: Prompt, at: datetime) -> None:
    """Dismiss the prompt. Announces  PromptDismissed, once."""
    if Prompt.objects.filter(pk=prompt.pk, dismissed_at=None).update(dismissed_at=at):
        dismissed = PromptDismissed(
            actor_id=prompt.user_id, link_code=prompt.link.code, loop=prompt.loop_id, prompt_id=prompt.pk
        )
        announce(dismissed, at=at)


def record_share(*, link: Link, user: User, channel: str, key: UUID, at: datetime) -> bool:
    """Record one share action through a channel as one invite; return False for a repeated key.

    Cost      6 statements, 2 for a repeat.
    Raises    ActionRefused by trust and safety; ValueError for an unknown channel.
    Announces InviteSent.
    """
    if channel not in CHANNELS:
        raise ValueError(channel)
    invited = InviteSent(actor_id=user.pk, link_code=link.code, loop=link.loop_id, channel=channel)
    event_key = f"invite:{link.code}:{key}"

    def invite() -> bool:
        Prompt.objects.filter(link=link, shared_at=None).update(shared_at=at)
        return announce(invited, at=at, key=event_key)

    return perform(
        user=user,
        action="send_invite",
        at=at,
        find=lambda: False if is_announced(event_key) else None,  # a repeat is neither refused nor counted
        act=invite,
        check=lambda: evaluate(user, "send_invite", at).value,
    )


def prompts_since(user_id: int, at: datetime) -> list[tuple[str, datetime]]:
    """Return (loop, offered_at) of the person's prompts in the last 7 days, newest first; 1 query."""
    recent = Prompt.objects.filter(user_id=user_id, offered_at__gt=at - timedelta(days=7))
    return list(recent.order_by("-offered_at").values_list("loop_id", "offered_at"))
