from datetime import datetime

from loops.core.orchestrator import OfferDecision, offer_on_request
from loops.events import RecapShareAsked
from loops.proud_parent.consent import is_shareable
from loops.proud_parent.models import Recap
from loops.proud_parent.queries import live_link_of
from viral_engine.kernel.clock import today


def ask_to_share(*, recap: Recap, at: datetime) -> OfferDecision:
    """Share a recap: through the link it already has, or a new one through the orchestrator."""
    asked = RecapShareAsked(
        actor_id=recap.parent_id,
        recap_id=recap.pk,
        child_id=recap.child_id,
        is_shareable=is_shareable(recap, today(at)),
    )
    return offer_on_request(asked, at, find=lambda: live_link_of(recap, at))
