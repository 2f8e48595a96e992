from datetime import datetime

from django.db import transaction

from feeds.events import CoPracticeStarted
from feeds.models import CoPractice
from viral_engine.accounts.models import Friendship, User
from viral_engine.accounts.services.friends import friends_refusal
from viral_engine.accounts.services.locks import lock_people
from viral_engine.kernel.services import announce
from viral_engine.learning.models import Attempt, Skill
from viral_engine.learning.services.decks import create_deck, start_deck


class NotFriends(Exception):
    """The two are not friends, or the person is not one of them."""


@transaction.atomic
def start_co_practice(*, host: User, friend: User, skill: Skill, at: datetime) -> CoPractice:
    """Give two friends one deck for two hours; asking again meanwhile, from either side, returns it.

    Cost      11 statements; 1 more for each child under 13.
    Raises    NotFriends, TooFewQuestions.
    Announces CoPracticeStarted, once.
    """
    lock_people(host.pk, friend.pk)
    if any(friends_refusal(one, at) for one in User.objects.filter(pk__in=[host.pk, friend.pk])):
        raise NotFriends
    # The friendship row is the lock: of two requests at once, the second finds the first one's deck.
    friendship = Friendship.objects.of(host.pk).accepted().of(friend.pk)
    if not friendship.select_for_update():
        raise NotFriends
    open_ones = CoPractice.objects.of(host.pk).filter(deck__skill=skill, created_at__gt=at - CoPractice.LIFE)
    known = next((one for one in open_ones if {one.host_id, one.friend_id} == {host.pk, friend.pk}), None)
    if known is not None:
        return known
    deck = create_deck(skill_slug=skill.slug, at=at)
    co_practice = CoPractice.objects.create(host=host, friend=friend, deck=deck, created_at=at)
    started = CoPracticeStarted(actor_id=host.pk, co_practice_id=co_practice.pk, friend_id=friend.pk, skill=skill.slug)
    announce(started, at=at)
    return co_practice


def join_co_practice(*, co_practice: CoPractice, player: User, at: datetime) -> Attempt:
    """Start the person's one attempt at the shared deck.

    Raises  NotFriends for other people, DeckClosed after 48 hours.
    """
    if player.pk not in {co_practice.host_id, co_practice.friend_id}:
        raise NotFriends
    return start_deck(deck=co_practice.deck, owner=player, link_code="", at=at)
