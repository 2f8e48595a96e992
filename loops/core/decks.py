"""Question decks of links: chosen for a loop, answered by referees with or without an account."""

from datetime import datetime

from django.db import transaction

from loops.core.referees import OwnLinkOpened, record_arrival
from loops.models import Link
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt, Deck, Result, Skill
from viral_engine.learning.services.decks import start_deck, start_or_find_attempt


def skill_for_deck(user: User) -> Skill | None:
    """Return the skill the person practiced last, else the first with questions; None without a question bank.

    Cost  1 query, 2 for a person who has not practiced yet.
    """
    return Result.objects.of(user.pk).last_skill() or Skill.objects.all().practicable().first()


def open_deck(*, link: Link, deck: Deck, owner: User | Guest, at: datetime) -> Attempt:
    """Return the person's only attempt at the link's deck, started if necessary; the caller holds the transaction.

    Raises  OwnLinkOpened; DeckClosed after the deck expired.
    """
    require_referee(link, owner)
    return start_deck(deck=deck, owner=owner, link_code=link.code, at=at)


@transaction.atomic
def try_deck(*, link: Link, deck: Deck, owner: User | Guest, at: datetime) -> Attempt:
    """Start the person's one attempt at the questions a link offers; a repeat returns it.

    Raises    OwnLinkOpened; DeckClosed once the link has expired.
    Announces GuestStarted, once per guest.
    """
    require_referee(link, owner)
    attempt, is_new = start_or_find_attempt(deck=deck, owner=owner, link_code=link.code, at=at)
    if is_new:
        record_arrival(link=link, owner=owner, at=at)
    return attempt


def require_referee(link: Link, owner: User | Guest) -> None:
    """Require another person than the referrer. Raises  OwnLinkOpened."""
    if is_referrer(link, owner):
        raise OwnLinkOpened


def is_referrer(link: Link, owner: User | Guest) -> bool:
    return isinstance(owner, User) and owner.pk == link.referrer_id
