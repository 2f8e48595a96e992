"""Reads of the pages that all loops share, each with its number of queries."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from loops.core.registry import LOOPS
from loops.models import GeneratedCopy, Loop, Prompt, running_loops
from loops.rules.copy import Copy, CopyAudience, every_template, template
from loops.rules.copy_params import fill_placeholders
from viral_engine.accounts.models import User
from viral_engine.kernel import relay
from viral_engine.kernel.models import Delivery
from viral_engine.learning.models import Attempt

DECIDED_WITHIN = timedelta(seconds=10)  # the page stops asking then: a failed delivery waits longer


def waiting_prompt(user: User, at: datetime, *, loop: str = "") -> Prompt | None:
    """The newest offer, of one loop or of any, that is still open: not shared, not dismissed, not expired.

    Cost  2 queries, 1 without one.
    """
    offers = Prompt.objects.filter(user=user, shared_at=None).open()
    live = offers.filter(link__deactivated_at=None, link__expires_at__gt=at)
    for one in LOOPS.values():
        if one.closes_at:
            live = live.filter(~Q(loop=one.name) | Q(**{f"link__{one.closes_at}__gt": at}))
    if loop:
        live = live.filter(loop=loop)
    return live.order_by("-offered_at").first_with_details()


def is_undecided(attempt: Attempt, at: datetime) -> bool:
    """Whether the relay still works on an attempt that was just finished. Cost  1 query, none ten seconds later."""
    if attempt.finished_at is None or at - attempt.finished_at > DECIDED_WITHIN or not relay.runs_elsewhere():
        return False
    mine = Delivery.objects.unfinished().caused_by(
        actor_id=attempt.user_id, guest_id=str(attempt.guest_id or ""), at=attempt.finished_at
    )
    return mine.exists()


@dataclass(frozen=True, slots=True)
class StartableLoop:
    """A loop that a person may start themselves, and what it takes."""

    name: str
    title: str
    occasion: str


def startable_loops(user: User) -> list[StartableLoop]:
    """The loops that run for people of this role. Cost  as `running_loops`."""
    running = running_loops()
    mine = [loop for loop in LOOPS.values() if loop.name in running and loop.persona == user.role]
    return [StartableLoop(one.name, template(one.name, CopyAudience(user.role)).title, one.occasion) for one in mine]


SAMPLE_FACTS = {
    "score": 90,
    "skill": "Algebra",
    "subject": "Math",
    "days": 6,
    "rounds": 7,
    "minutes": 48,
    "badge": "Algebra mastered",
}


@dataclass(frozen=True, slots=True)
class CopySample:
    """One template filled in with sample facts."""

    language: str
    variant: str  # empty, or the engagement or the subject it is for
    copy: Copy


@dataclass(frozen=True, slots=True)
class LoopCopy:
    """All copy of one loop."""

    loop: Loop
    persona: str
    samples: list[CopySample]
    written: list[GeneratedCopy]  # by the AI provider, in place of templates
    has_card: bool


def copy_kit() -> list[LoopCopy]:
    """Cost  2 queries."""
    rows = Loop.objects.filter(name__in=LOOPS).order_by("title")
    kits = {
        row.name: LoopCopy(row, LOOPS[row.name].persona, [], [], LOOPS[row.name].sample_card is not None)
        for row in rows
    }
    for name, language, variant, copy in every_template():
        if name in kits:
            kits[name].samples.append(CopySample(language, variant, _as_sample(copy)))
    for row in GeneratedCopy.objects.exclude(written_at=None).order_by("language", "subject", "engagement"):
        if row.loop in kits:
            kits[row.loop].written.append(row)
    return [kit for kit in kits.values() if kit.samples]


def _as_sample(copy: Copy) -> Copy:
    return Copy(**{part: fill_placeholders(text, **SAMPLE_FACTS) for part, text in asdict(copy).items()})
