"""Trying out what a child practiced: five questions, from the landing page on, without an account."""

from datetime import datetime

from django.db import transaction

from loops.models import Link
from loops.services.decks import open_deck
from loops.services.joiners import record_arrival
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt


@transaction.atomic
def start_try_out(link: Link, owner: User | Guest, at: datetime) -> Attempt:
    """The person has their one attempt at the week's deck, reached through its link.

    Raises    OwnLink; DeckClosed in the moment the link runs out.
    Announces GuestStarted, once per guest.
    """
    attempt = open_deck(link=link, deck=link.recap_share.deck, owner=owner, at=at)
    record_arrival(link=link, owner=owner, at=at)
    return attempt
