"""Who hears which event: the one page that joins the apps.

`promise` is for what must not be lost (attribution, rewards): it is heard from a row, exactly once.
`hear` is for what the next event heals (offers, pushes). Order here is the order of hearing.
"""

from loops import fragments as loop_fragments
from loops import orchestrator
from loops.buddy_challenge import services as buddy_challenge
from loops.events import RewardGranted
from loops.services import attribution, links, shields
from viral_engine.accounts.events import AccountCreated, ConsentGiven, ConsentWithdrawn
from viral_engine.kernel.bus import hear, promise
from viral_engine.learning import services as learning
from viral_engine.learning.events import PracticeCompleted, StreakLapsed
from viral_engine.safety import services as safety


def connect() -> None:
    promise(AccountCreated, learning.claim_guest_attempts, when=lambda event: bool(event.guest_id))
    promise(AccountCreated, attribution.attribute_sign_up)
    promise(AccountCreated, buddy_challenge.settle_after_sign_up, when=lambda event: bool(event.guest_id))
    promise(AccountCreated, safety.review_sign_up)
    promise(PracticeCompleted, buddy_challenge.settle_after_play, when=lambda event: event.deck_id is not None)
    promise(StreakLapsed, shields.spend_shields)
    promise(ConsentGiven, buddy_challenge.settle_after_consent, when=lambda event: event.kind == "coppa")
    promise(ConsentWithdrawn, links.darken_links)

    hear(PracticeCompleted, orchestrator.trigger_event)
    hear(RewardGranted, loop_fragments.push_reward)
