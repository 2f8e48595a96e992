"""Question decks of links: chosen for a loop, answered by referees with or without an account."""

from datetime import datetime

from loops.core.referees import OwnLinkOpened
from loops.models import Link
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt, Deck, Result, Skill
from viral_engine.learning.services import start_deck


def skill_for_deck(user: User) -> Skill | None:
    """Return the skill the person practiced last, else the first with questions; None without a question bank.

    Cost  1 query, 2 for a person who has not practiced yet.
    """
    return Result.objects.of(user.pk).last_skill() or Skill.objects.all().practicable().first()


def open_deck(*, link: Link, deck: Deck, owner: User | Guest, at: datetime) -> Attempt:
    """Return the person's only attempt at the link's deck, started if necessary; the caller holds the transaction.

    Raises  OwnLinkOpened; DeckClosed after the deck expired.
    """
    if is_referrer(link, owner):
        raise OwnLinkOpened
    return start_deck(deck=deck, owner=owner, link_code=link.code, at=at)


def is_referrer(link: Link, owner: User | Guest) -> bool:
    return isinstance(owner, User) and owner.pk == link.referrer_id
