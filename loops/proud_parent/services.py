"""Try the child's questions from the landing page, without an account."""

from datetime import datetime

from django.db import transaction

from loops.core.decks import open_deck
from loops.core.referees import record_arrival
from loops.models import Link
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt


@transaction.atomic
def start_try_out(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    """Start the person's one attempt at the recap's deck; a repeat returns it.

    Raises    OwnLinkOpened; DeckClosed once the link has expired.
    Announces GuestStarted, once per guest.
    """
    attempt = open_deck(link=link, deck=link.recap_share.deck, owner=owner, at=at)
    record_arrival(link=link, owner=owner, at=at)
    return attempt
