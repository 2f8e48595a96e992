"""Buy shop items with points, and choose a theme."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loops.core.rewards.grants import GrantRefused, record_refusal, write_grant
from loops.core.rewards.lots import lock_ledger
from loops.core.rewards.redemptions import InsufficientBalance, redeem_reward
from loops.models import Purchase, ShopItem
from loops.rules.economy import SHOP
from viral_engine.accounts.models import Theme, User
from viral_engine.accounts.services.consent import consent_state_of
from viral_engine.accounts.services.preferences import choose_theme


class PurchaseRefused(Exception):
    """Nothing was bought and no points were spent; the text explains why and what to do next."""


def buy_item(*, user: User, item: ShopItem, price: int, key: UUID, at: datetime) -> Purchase:
    """Buy the item with points, once per key; a repeated request returns the first purchase.

    `price` is the price the person saw and agreed to. A theme is applied at once.

    Cost      at most 27 statements; 2 when the key was used before.
    Raises    PurchaseRefused; if a daily cap refused the reward, that refusal is logged too.
    Announces RewardRedeemed and RewardGranted, once.
    """
    try:
        return _buy(user, item, price, key, at)
    except GrantRefused as refusal:
        features = {"kind": item.kind, "amount": item.amount, "loop": SHOP, "item": item.pk}
        record_refusal(refusal, user=user, features=features, at=at)
        raise PurchaseRefused(f"{refusal} Your points are still yours.") from refusal


@transaction.atomic
def _buy(user: User, item: ShopItem, price: int, key: UUID, at: datetime) -> Purchase:
    lock_ledger(user.pk)
    bought = Purchase.objects.filter(user=user, key=key).first()
    if bought is not None:
        return bought
    _refuse_unfit(user, item, price, at)
    paid = f"shop:{user.pk}:{key}"
    try:
        redeem_reward(
            user=user, kind="points", amount=item.price, reason=f"Bought: {item.title}", key=f"{paid}:paid", at=at
        )
    except InsufficientBalance as error:
        raise PurchaseRefused("You need more points for this. Practice to earn some.") from error
    if item.kind:
        write_grant(
            user=user,
            kind=item.kind,
            amount=item.amount,
            reason="From the shop",
            key=f"{paid}:got",
            at=at,
            loop=SHOP,
        )
    else:
        choose_theme(user=user, theme=item.theme)
    return Purchase.objects.create(user=user, item=item, price=item.price, theme=item.theme, key=key, bought_at=at)


def _refuse_unfit(user: User, item: ShopItem, price: int, at: datetime) -> None:
    if not item.is_on:
        raise PurchaseRefused("This is not for sale right now.")
    if price != item.price:
        raise PurchaseRefused(f"The price is now {item.price} points. Take another look before you buy.")
    if item.theme and owns_theme(user, item.theme):
        raise PurchaseRefused("You already own this theme.")
    if item.needs_a_parent and (waiting := wait_for_parent(user, at)):
        raise PurchaseRefused(waiting)


def wait_for_parent(user: User, at: datetime) -> str:
    """Why a child cannot get this yet; empty with a parent's consent. 1 query for a child, none for others."""
    consent = consent_state_of(user, at)
    return f"{consent.words.explained} You can get this once a parent says yes." if consent.practices_alone else ""


def owns_theme(user: User, theme: str) -> bool:
    """Return whether the person may use the theme; 1 query, none for the default theme."""
    return theme == Theme.VIOLET or Purchase.objects.filter(user=user, theme=theme).exists()


def choose_owned_theme(*, user: User, theme: str) -> None:
    """Show the site in one of the person's themes. Raises  PurchaseRefused if they do not own it."""
    if theme not in Theme.values or not owns_theme(user, theme):
        raise PurchaseRefused("You do not own this theme yet.")
    choose_theme(user=user, theme=theme)
