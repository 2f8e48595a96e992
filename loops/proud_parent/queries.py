"""Reads of the pages of a recap."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, Q

from loops.core.links import is_open, token_for
from loops.models import Link
from loops.proud_parent.models import Recap, RecapReel, RecapShare
from viral_engine.learning.models import Attempt

HAS_VIDEO = ExpressionWrapper(Q(mp4__isnull=False), output_field=BooleanField())
PURPOSE, REEL_PURPOSE = "parent", "reel"


@dataclass(frozen=True, slots=True)
class ReelState:
    """The state of a reel: ready, waiting, or given up."""

    token: str = ""  # for the reel's address, once it is ready
    card_token: str = ""  # for the still card
    has_video: bool = False
    is_given_up: bool = False


def newest_link_of(recap: Recap) -> Link | None:
    """1 query."""
    return Link.objects.all().with_details("proud_parent").filter(recap_share__recap=recap).order_by("-pk").first()


def live_link_of(recap: Recap, at: datetime) -> Link | None:
    """The newest link, if it can be followed now. 1 query."""
    link = newest_link_of(recap)
    return link if link is not None and is_open(link, at) else None


def reel_state(link: Link) -> ReelState | None:
    """The state of a link's reel; None without one. 1 query."""
    reels = RecapReel.objects.filter(share=link.recap_share)
    found = reels.values_list("made_at", "dead_lettered_at", HAS_VIDEO).first()
    if found is None:
        return None
    made_at, given_up_at, has_video = found
    token = token_for(link, REEL_PURPOSE) if made_at else ""
    return ReelState(
        token=token, card_token=token_for(link, "card"), has_video=has_video, is_given_up=given_up_at is not None
    )


def trial_of(attempt: Attempt) -> RecapShare | None:
    """The recap whose questions the finished attempt tried; None for any other attempt. Cost  1 query."""
    shares = RecapShare.objects.filter(deck__attempts=attempt, deck__attempts__finished_at__isnull=False)
    return shares.select_related("link").first()
