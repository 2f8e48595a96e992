"""Queries of the rewards page."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from loops.core.rewards.action_points import calculate_reward
from loops.core.shop import wait_for_parent
from loops.models import Purchase, RewardEntry, RewardTerms, ShopItem
from loops.rules.economy import REWARDS, UNTIL_CHECKED, Reward, practices_to, waits_for
from viral_engine.accounts.models import Role, Theme, User
from viral_engine.kernel.page_parts import part_or

HISTORY = 50
PICTURES = {
    "points": "coins",
    "ai_tutor_minutes": "robot",
    "class_pass": "ticket",
    "streak_shield": "shield",
    "referral_xp": "megaphone",
}


@dataclass(frozen=True, slots=True)
class RewardBalance:
    kind: str
    terms: Reward
    amount: int  # negative: a debt
    held: int  # granted, and not usable yet
    waits_for: str

    @property
    def name(self) -> str:
        return self.terms.word_for(self.amount)

    @property
    def picture(self) -> str:
        """Id of its drawing in art.svg."""
        return PICTURES.get(self.kind, "chest")


@dataclass(frozen=True, slots=True)
class ShopOffer:
    """One shop item, with the person's points and what they still need."""

    item: ShopItem
    points: int  # the person's balance
    per_practice: int  # points for one practice; 0 if it earns none
    terms: Reward | None  # of the reward it buys; None for a theme
    waits_for_parent: str = ""  # why a child cannot get it yet

    @property
    def missing(self) -> int:
        return max(self.item.price - self.points, 0)

    @property
    def saved(self) -> int:
        """Points that count towards the price, from 0 to the price."""
        return min(max(self.points, 0), self.item.price)

    @property
    def picture(self) -> str:
        """Id of its drawing in art.svg."""
        return PICTURES.get(self.item.kind, "chest")

    @property
    def is_affordable(self) -> bool:
        return not self.missing and not self.waits_for_parent

    @property
    def after(self) -> int:
        return self.points - self.item.price

    @property
    def lasts_days(self) -> int:
        return self.terms.lasts.days if self.terms and self.terms.lasts else 0

    @property
    def how_to_afford(self) -> str:
        """Say how to get the item: "60 more points: one practice earns 100"."""
        if self.waits_for_parent:
            return self.waits_for_parent
        needed = f"{REWARDS['points'].count(self.missing).replace(' ', ' more ', 1)}"
        practices = practices_to(self.item.price, self.points, self.per_practice)
        if not practices:
            return needed
        if practices == 1:
            return f"{needed}: one practice earns {self.per_practice}"
        return f"{needed}: {practices} practices at {self.per_practice} each"


@dataclass(frozen=True, slots=True)
class ThemeChoice:
    """One theme: in use, owned, or for sale."""

    name: str
    label: str
    is_in_use: bool
    is_owned: bool
    offer: ShopOffer | None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the history with the state of its grant."""

    entry: RewardEntry
    terms: Reward
    state: str  # open | used | over | held | taken; empty for entries other than grants

    @property
    def name(self) -> str:
        return self.terms.word_for(abs(self.entry.amount))

    @property
    def waits_for(self) -> str:
        return waits_for(self.entry.held_for)


@dataclass(frozen=True, slots=True)
class RewardsPage:
    points: int
    holdings: list[RewardBalance]
    offers: list[ShopOffer]
    looks: list[ThemeChoice]
    history: list[HistoryEntry]


def rewards_page(user: User, at: datetime) -> RewardsPage:
    """Load the rewards page, without the shop while that cannot be read.

    Cost  3 queries; 3 more for a learner, 1 more for a child under 13.
    """
    entries, is_learner = RewardEntry.objects.all(), user.role == Role.STUDENT
    held, waiting = entries.holdings(user.pk, at), entries.held(user.pk)
    newest = entries.of(user.pk).with_reversals().select_related("earned_by").order_by("-at", "-pk")[:HISTORY]
    lines = [HistoryEntry(entry, REWARDS[entry.kind], _state(entry, at)) for entry in newest]
    waits = {line.entry.kind: line.waits_for for line in lines if line.state == "held"}
    page = RewardsPage(
        points=held.get("points", 0),
        holdings=[
            RewardBalance(kind, terms, held.get(kind, 0), waiting.get(kind, 0), waits.get(kind, UNTIL_CHECKED))
            for kind, terms in REWARDS.items()
            if kind != "points" or is_learner
        ],
        offers=[],
        looks=[],
        history=lines,
    )
    return part_or("shop", partial(_with_shop, page, user, at), page, RewardsPage) if is_learner else page


def shop_offer(user: User, item: ShopItem, at: datetime) -> ShopOffer:
    """Load one item for this person. Cost  3 queries, 1 more for a child under 13."""
    points = RewardEntry.objects.all().holdings(user.pk, at).get("points", 0)
    waiting = wait_for_parent(user, at) if item.needs_a_parent else ""
    terms = RewardTerms.objects.all().by_kind().get(item.kind)
    return ShopOffer(item, points, calculate_reward("complete_practice", user).points, terms, waits_for_parent=waiting)


def _with_shop(page: RewardsPage, user: User, at: datetime) -> RewardsPage:
    per_practice, waiting = calculate_reward("complete_practice", user).points, wait_for_parent(user, at)
    terms = RewardTerms.objects.all().by_kind()
    owned = {str(Theme.VIOLET), *Purchase.objects.filter(user=user).exclude(theme="").values_list("theme", flat=True)}
    offers = [
        ShopOffer(
            item,
            page.points,
            per_practice,
            terms.get(item.kind),
            waits_for_parent=waiting if item.needs_a_parent else "",
        )
        for item in ShopItem.objects.all().on_sale()
    ]
    by_theme = {offer.item.theme: offer for offer in offers}
    looks = [
        ThemeChoice(name, str(label), name == user.theme, name in owned, by_theme.get(name))
        for name, label in Theme.choices
    ]
    return replace(
        page,
        offers=[offer for offer in offers if offer.item.kind],
        looks=[look for look in looks if look.is_owned or look.offer],
    )


def _state(entry: RewardEntry, at: datetime) -> str:
    if entry.cause != RewardEntry.Cause.GRANT:
        return ""
    if entry.is_taken_back:
        return "taken"
    if entry.held_at is not None:
        return "held"
    if entry.expires_at is not None and entry.expires_at <= at:
        return "over"
    return "open" if entry.left else "used"
