"""Questions that a link carries: drawn for a loop, and played by whoever follows it, signed in or not."""

from datetime import datetime

from loops.models import Link
from loops.services.joiners import OwnLink
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt, Deck, Result, Skill
from viral_engine.learning.services import start_deck


def skill_to_play(user: User) -> Skill | None:
    """The skill the person practiced last, else the catalogue's first; None without a question bank.

    Cost  1 query, 2 for somebody who practiced no skill yet.
    """
    return Result.objects.of(user.pk).last_skill() or Skill.objects.all().practicable().first()


def open_deck(*, link: Link, deck: Deck, owner: User | Guest, at: datetime) -> Attempt:
    """The person's one attempt at the deck, reached through the link; the caller holds the transaction.

    Raises  OwnLink; DeckClosed once the deck's time is over.
    """
    if is_inviter(link, owner):
        raise OwnLink
    return start_deck(deck=deck, owner=owner, link_code=link.code, at=at)


def is_inviter(link: Link, owner: User | Guest) -> bool:
    return isinstance(owner, User) and owner.pk == link.inviter_id
