"""Percentages."""

from fractions import Fraction
from random import Random

from viral_engine.learning.bank.math.items import Item, SkillPlan, decimal, name, number, order, rising


# -- Percentages ----------------------------------------------------------------------------------
def percent_of(rng: Random, scale: int) -> Item:
    p = rng.choice([10, 20, 25, 50] if scale == 1 else [5, 15, 30, 35, 40, 45, 60, 75, 80])
    whole = 20 * rng.randint(2, 10 * scale)
    value = p * whole // 100
    prompt = rng.choice(
        [
            f"What is {p}% of {whole}?",
            f"{p}% of {whole} pupils come by bike. How many is that?",
            f"A phone shows {p}% of {whole} photos. How many photos is that?",
        ]
    )
    steps = [f"{p}% means {p} of every 100: {p}/100.", f"{p}/100 * {whole} = {value}."]
    return number(
        prompt,
        value,
        [whole - value, p, value * 10],
        steps,
        f"x == {p}/100 * {whole}",
        "10% is one tenth. Build from there.",
    )


def to_percent(rng: Random, _: int) -> Item:
    d = rng.choice([4, 5, 10, 20, 25, 50])
    n = rng.randint(1, d - 1)
    value = 100 * n // d
    prompt = rng.choice(
        [
            f"What is {n}/{d} as a percentage?",
            f"{name(rng)} gets {n} of {d} points. What percentage is that?",
            f"{n} of {d} children have a pet. What percentage is that?",
        ]
    )
    steps = [f"Make it hundredths: {n}/{d} = {value}/100.", f"{value}/100 = {value}%."]
    return number(
        prompt,
        f"{value}%",
        [f"{n}%", f"{100 - value}%", f"{value + 5}%", f"{n * 10}%"],
        steps,
        f"x == 100 * {n}/{d}",
        "How many would it be out of 100?",
    )


def discount(rng: Random, scale: int) -> Item:
    p, price = rng.choice([10, 15, 20, 25, 30, 40]), 20 * rng.randint(2, 6 * scale)
    off = p * price // 100
    what = rng.choice(["A bike helmet", "A game", "A backpack", "A skateboard", "A pair of shoes"])
    prompt = f"{what} costs ${price} and is sold at {p}% off. What is the new price?"
    steps = [f"{p}% of {price} is {off}.", f"{price} - {off} = {price - off}."]
    return number(
        prompt,
        f"${price - off}",
        [f"${off}", f"${price - p}", f"${price + off}", f"${price - off + 5}"],
        steps,
        f"x == {price} - {p}/100 * {price}",
        "First find how much is taken off.",
    )


def percent_change(rng: Random, _: int) -> Item:
    old, p = 20 * rng.randint(2, 12), rng.choice([5, 10, 15, 20, 25, 30, 50])
    rise = old * p // 100
    prompt = rng.choice(
        [
            f"A plant grows from {old} cm to {old + rise} cm. By what percentage did it grow?",
            f"A club had {old} members and now has {old + rise}. What is the growth in percent?",
        ]
    )
    steps = [f"The growth is {rise}.", f"Compare it with the old number: {rise}/{old} = {p}/100 = {p}%."]
    mistakes = [f"{rise}%", f"{round(100 * rise / (old + rise))}%", f"{p + 10}%", f"{100 - p}%", f"{p + 5}%"]
    return number(
        prompt,
        f"{p}%",
        mistakes,
        steps,
        f"x * {old} == 100 * ({old + rise} - {old})",
        "Compare the change with the old number.",
    )


def reverse_percent(rng: Random, _: int) -> Item:
    whole, p = 20 * rng.randint(2, 15), rng.choice([10, 15, 20, 25, 30, 40, 60])
    part = whole * p // 100
    prompt = rng.choice(
        [
            f"{part} pupils are {p}% of a school year. How many pupils are in the year?",
            f"{name(rng)} has saved ${part}, which is {p}% of the price. How many dollars is the price?",
        ]
    )
    steps = [f"{p}% are {part}, so 1% is {part}/{p}.", f"100% is {part}/{p} * 100 = {whole}."]
    return number(
        prompt, whole, [part + p, whole - part, whole + 20], steps, f"{p}/100 * x == {part}", "Find 1% or 10% first."
    )


def shares_in_order(rng: Random, _: int) -> Item:
    parts = [Fraction(rng.randint(2, 98), 100) for _ in range(3)]
    d = rng.choice([4, 5, 8])
    fraction = Fraction(rng.randint(1, d - 1), d)
    texts = [
        (f"{int(parts[0] * 100)}/100", parts[0]),
        (decimal(parts[1]), parts[1]),
        (decimal(parts[2]), parts[2]),
        (str(fraction), fraction),
    ]
    return order(rising(rng, "shares"), texts, "Write all of them as percentages.")


PERCENTAGES = SkillPlan(
    "percentages", "Percentages", 6, (percent_of, to_percent), (percent_of, discount, to_percent),
    (percent_change, reverse_percent, shares_in_order),
)  # fmt: skip
