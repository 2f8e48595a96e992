"""Points, the shop and the rewards page."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from loops.core.rewards.action_points import calculate_reward, earn_points
from loops.core.rewards.grants import grant_reward
from loops.core.rewards.holds import hold_reward, revoke_reward
from loops.core.rewards.redemptions import redeem_reward
from loops.core.rewards_page import rewards_page
from loops.core.shop import PurchaseRefused, buy_item
from loops.models import ActionPoints, Purchase, RewardEntry, ShopItem, SpendLimit
from tests.factories import Committed, browser, child, counting, parent_of, person, practice, statements
from tests.loops.shop_rows import stock
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stocked(db: None) -> None:
    stock()


def points(user: User, amount: int, at: datetime) -> None:
    """Grant points over as many days as the daily cap requires, ending today."""
    for number, start in enumerate(range(0, amount, 500)):
        grant_reward(
            user=user,
            kind="points",
            amount=min(500, amount - start),
            reason="Test",
            key=f"points:{user.pk}:{number}",
            at=at - timedelta(days=number),
        )


def held(user: User, kind: str, at: datetime) -> int:
    return RewardEntry.objects.all().holdings(user.pk, at).get(kind, 0)


def buy(user: User, slug: str, at: datetime, *, price: int = 0) -> Purchase:
    item = ShopItem.objects.get(slug=slug)
    return buy_item(user=user, item=item, price=price or item.price, key=uuid4(), at=at)


# -- Earning -------------------------------------------------------------------------------------


def test_actions_earn_the_points_admins_set(at: datetime) -> None:
    ada = person("Ada")
    assert calculate_reward("complete_practice", ada).points == 100
    ActionPoints.objects.filter(action="complete_practice").update(points=70)
    assert calculate_reward("complete_practice", ada).points == 70
    ActionPoints.objects.filter(action="complete_practice").update(is_on=False)
    assert calculate_reward("complete_practice", ada).points == 0
    ActionPoints.objects.all().delete()
    assert calculate_reward("complete_practice", ada).points == 100
    unknown = calculate_reward("eat_breakfast", ada)
    assert (unknown.points, unknown.reason) == (0, "No points for eat breakfast")
    assert earn_points(user=ada, action="eat_breakfast", key="x", at=at) is None


def test_simulated_people_earn_nothing(at: datetime) -> None:
    assert calculate_reward("complete_practice", person("Ada", is_simulated=True)).points == 0


def test_each_practice_earns_points_once_and_at_most_five_a_day(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at, growth_prompts=False)
    with committed():
        for number in range(6):
            practice(ada, algebra, at=at + timedelta(minutes=10 * number))
    lines = RewardEntry.objects.filter(kind="points")
    assert {(line.amount, line.reason) for line in lines} == {(100, "Finished a practice")}
    assert len({line.key for line in lines}) == len(lines) == 5
    assert Decision.objects.filter(agent="incentives", rationale="daily_cap").count() == 1


# -- Buying --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "price", "kind", "amount"),
    [
        ("ai-minutes", 500, "ai_tutor_minutes", 15),
        ("shield", 300, "streak_shield", 1),
    ],
)
def test_points_buy_the_documented_items(at: datetime, slug: str, price: int, kind: str, amount: int) -> None:
    ada = person("Ada")
    points(ada, 1100, at)
    purchase = buy(ada, slug, at)
    assert (purchase.price, held(ada, "points", at), held(ada, kind, at)) == (price, 1100 - price, amount)
    got = RewardEntry.objects.get(kind=kind)
    assert (got.loop, got.amount) == ("shop", amount)


def test_a_theme_changes_the_site_and_is_bought_once(at: datetime) -> None:
    ada = person("Ada")
    points(ada, 500, at)
    client = browser(ada)
    assert '<html lang="en" data-theme="violet">' in client.get("/rewards/").content.decode()
    buy(ada, "theme-ocean", at)
    for path in ("/rewards/", "/practice/", "/settings/"):
        assert '<html lang="en" data-theme="ocean">' in client.get(path).content.decode()
    with pytest.raises(PurchaseRefused, match="already own this theme"):
        buy(ada, "theme-ocean", at)
    assert held(ada, "points", at) == 300
    client.post("/rewards/theme/", {"theme": "violet"})
    assert 'data-theme="violet"' in client.get("/").content.decode()
    client.post("/rewards/theme/", {"theme": "ocean"})
    assert 'data-theme="ocean"' in client.get("/").content.decode()
    answer = client.post("/rewards/theme/", {"theme": "sunset"}, follow=True).content.decode()
    assert "You do not own this theme yet." in answer
    assert 'data-theme="ocean"' in answer


@pytest.mark.parametrize("theme", ["", "gold", "<script>"])
def test_there_are_no_other_themes(theme: str) -> None:
    ada = person("Ada")
    browser(ada).post("/rewards/theme/", {"theme": theme})
    ada.refresh_from_db()
    assert ada.theme == "violet"


def test_a_purchase_beyond_the_balance_costs_nothing(at: datetime) -> None:
    ada = person("Ada")
    points(ada, 499, at)
    with pytest.raises(PurchaseRefused, match="need more points"):
        buy(ada, "ai-minutes", at)
    assert (held(ada, "points", at), Purchase.objects.count()) == (499, 0)


def test_a_changed_price_needs_a_new_confirmation(at: datetime) -> None:
    ada = person("Ada")
    points(ada, 500, at)
    ShopItem.objects.filter(slug="shield").update(price=400)
    with pytest.raises(PurchaseRefused, match="price is now 400 points"):
        buy(ada, "shield", at, price=300)
    ShopItem.objects.filter(slug="shield").update(is_on=False)
    with pytest.raises(PurchaseRefused, match="not for sale"):
        buy(ada, "shield", at)
    assert held(ada, "points", at) == 500


def test_a_purchase_over_the_daily_cap_keeps_the_points_and_is_logged(at: datetime) -> None:
    ada = person("Ada")
    points(ada, 500, at)
    grant_reward(user=ada, kind="streak_shield", amount=3, reason="x", key="s", at=at)
    with pytest.raises(PurchaseRefused, match="Your points are still yours"):
        buy(ada, "shield", at)
    assert held(ada, "points", at) == 500
    assert Decision.objects.get(agent="incentives").features["item"] == "shield"
    SpendLimit.objects.filter(scope="shop").update(cents_a_day=10)
    with pytest.raises(PurchaseRefused, match="All of today's rewards have been given out"):
        buy(ada, "ai-minutes", at)
    assert Decision.objects.latest("pk").rationale == "spend_limit_shop"


def test_a_child_without_consent_buys_only_practice_rewards(at: datetime) -> None:
    kid = child("Comet", at=at)
    points(kid, 1000, at)
    buy(kid, "shield", at)
    buy(kid, "theme-forest", at)
    with pytest.raises(PurchaseRefused, match="once a parent says yes"):
        buy(kid, "ai-minutes", at)
    waiting = {offer.item.slug for offer in rewards_page(kid, at).offers if offer.waits_for_parent}
    assert waiting == {"ai-minutes"}
    give_consent(parent=parent_of(kid, at=at), child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    buy(kid, "ai-minutes", at)
    assert held(kid, "ai_tutor_minutes", at) == 15


# -- Pages ---------------------------------------------------------------------------------------


def page_of(client: Client) -> str:
    return client.get("/rewards/").content.decode()


def test_an_empty_page_says_what_to_do() -> None:
    page = page_of(browser(person("Ada")))
    assert "You have no points to spend yet." in page
    assert "500 more points: 5 practices at 100 each" in page
    assert "Nothing yet. Finish a practice" in page
    assert 'href="/rewards/shop/' not in page


def test_the_page_shows_how_many_points_are_missing() -> None:
    ada = person("Ada")
    points(ada, 440, now())
    page = page_of(browser(ada))
    assert "60 more points: one practice earns 100" in page
    assert 'href="/rewards/shop/shield/"' in page
    assert 'href="/rewards/shop/ai-minutes/"' not in page


def test_the_confirmation_is_a_sheet_or_a_page() -> None:
    ada = person("Ada")
    points(ada, 500, now())
    client = browser(ada)
    sheet = client.get("/rewards/shop/shield/", headers={"HX-Request": "true"}).content.decode()
    assert sheet.startswith('<dialog class="sheet" data-modal')
    page = client.get("/rewards/shop/shield/").content.decode()
    assert "It costs <b>300</b> of your 500 points. You will have 200 left." in page
    assert "Good for 7 days." in page
    assert "<!doctype html>" in page
    assert client.get("/rewards/shop/class-sampler/").status_code == 404  # no class can be booked
    assert client.get("/rewards/shop/gold/").status_code == 404


def test_an_invalid_form_buys_nothing() -> None:
    ada = person("Ada")
    points(ada, 500, now())
    for data in ({}, {"price": "300", "key": "x"}, {"price": "-1", "key": str(uuid4())}):
        answer = browser(ada).post("/rewards/shop/shield/", data, follow=True).content.decode()
        assert "Something was missing. Please choose again." in answer
    assert Purchase.objects.count() == 0


def test_parents_have_rewards_but_no_shop() -> None:
    client = browser(person("Grace", age=41, role="parent"))
    page = page_of(client)
    assert "Shop" not in page
    assert "those your children under 13 earn" in page
    assert client.get("/rewards/shop/shield/").url == "/rewards/"  # type: ignore[attr-defined]


def test_the_history_shows_the_state_of_each_grant(at: datetime) -> None:
    ada = person("Ada")
    given = {"over": (8, "streak_shield"), "used": (1, "streak_shield"), "open": (1, "streak_shield")}
    given |= dict.fromkeys(("held", "taken"), (1, "class_pass"))
    for key, (days, kind) in given.items():
        day = at - timedelta(days=days)
        grant_reward(user=ada, kind=kind, amount=1, reason=key, key=key, at=day)
    redeem_reward(user=ada, kind="streak_shield", amount=1, reason="saved", key="r", at=at)
    hold_reward(key="held", why="x", at=at)
    revoke_reward(key="taken", reason="undone", at=at)
    states = {line.entry.reason: line.state for line in rewards_page(ada, at).history}
    assert states == {
        "used": "used",
        "over": "over",
        "held": "held",
        "taken": "taken",
        "open": "open",
        "saved": "",
        "undone": "",
    }


def test_the_page_costs_the_same_for_any_number_of_rewards(at: datetime) -> None:
    ada, kid = person("Ada"), child("Comet", at=at)
    for user, expected in ((ada, 7), (kid, 8)):
        for amount in (100, 1500):
            points(user, amount, at)
            with counting() as captured:
                rewards_page(user, at)
            assert len(statements(captured)) == expected
    grace = person("Grace", age=41, role="parent")
    with counting() as captured:
        rewards_page(grace, at)
    assert len(statements(captured)) == 3


def test_buying_costs_the_documented_queries(at: datetime) -> None:
    ada = person("Ada")
    points(ada, 1100, at)
    item, key = ShopItem.objects.get(slug="ai-minutes"), uuid4()
    for limit in (27, 2):
        with counting() as captured:
            buy_item(user=ada, item=item, price=500, key=key, at=at)
        assert len(statements(captured)) <= limit
