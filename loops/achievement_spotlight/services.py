"""Try the questions of a shared badge."""

from datetime import datetime

from django.db import transaction

from loops.achievement_spotlight.models import ShownBadge
from loops.core.decks import open_deck
from loops.core.referees import record_arrival
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt


@transaction.atomic
def try_badge(*, shown_badge: ShownBadge, owner: User | Guest, at: datetime) -> Attempt:
    """Start the person's one attempt at the badge's questions; a repeat returns it.

    Raises    OwnLinkOpened; DeckClosed once the link has expired.
    Announces GuestStarted, once per guest.
    """
    link, deck = shown_badge.link, shown_badge.deck
    known = set(deck.attempts.values_list("pk", flat=True))
    attempt = open_deck(link=link, deck=deck, owner=owner, at=at)
    if attempt.pk not in known:
        record_arrival(link=link, owner=owner, at=at)
    return attempt
