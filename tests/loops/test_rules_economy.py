import pytest

from loops.rules.economy import REWARDS, amounts_from_lots, goes_to_parent, practices_to


@pytest.mark.parametrize(
    ("lots", "amount", "parts"),
    [([3, 2, 5], 4, [3, 1, 0]), ([3, 2, 5], 10, [3, 2, 5]), ([3], 9, [3]), ([], 1, []), ([2, 2], 0, [0, 0])],
)
def test_the_oldest_lot_pays_first_and_may_pay_in_part(lots: list[int], amount: int, parts: list[int]) -> None:
    assert amounts_from_lots(lots, amount) == parts


@pytest.mark.parametrize(
    ("kind", "loop", "is_child", "to_parent"),
    [
        ("referral_xp", "results_rally", True, True),
        ("referral_xp", "", True, True),
        ("ai_tutor_minutes", "proud_parent", True, True),
        ("class_pass", "proud_parent", True, True),
        ("ai_tutor_minutes", "shop", True, False),
        ("ai_tutor_minutes", "", True, False),
        ("streak_shield", "buddy_challenge", True, False),
        ("points", "", True, False),
        ("referral_xp", "results_rally", False, False),
    ],
)
def test_a_childs_referral_reward_goes_to_the_parent(kind: str, loop: str, is_child: bool, to_parent: bool) -> None:
    assert goes_to_parent(kind, loop, is_child=is_child) is to_parent


@pytest.mark.parametrize(
    ("price", "held", "per_practice", "practices"),
    [(500, 440, 100, 1), (500, 0, 100, 5), (500, 499, 100, 1), (5, 9, 100, 0)],
)
def test_practices_needed_for_a_price(price: int, held: int, per_practice: int, practices: int) -> None:
    assert practices_to(price, held, per_practice) == practices
    assert practices_to(price, held, 0) == 0


def test_amounts_with_their_unit() -> None:
    assert REWARDS["class_pass"].count(1) == "1 class pass"
    assert REWARDS["points"].count(1_200) == "1200 points"
