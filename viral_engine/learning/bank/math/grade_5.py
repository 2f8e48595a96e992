"""Grade 5: decimals, units, geometry."""

from fractions import Fraction
from random import Random

from viral_engine.learning.bank.math.items import (
    Item,
    SkillPlan,
    choice,
    decimal,
    fill,
    money,
    name,
    number,
    order,
    rising,
)

SIGNS = {"<": -1, "=": 0, ">": 1, "+": 9}
UNITS = (
    ("kilometers", "meters", 1000),
    ("meters", "centimeters", 100),
    ("kilograms", "grams", 1000),
    ("liters", "milliliters", 1000),
    ("hours", "minutes", 60),
    ("minutes", "seconds", 60),
    ("days", "hours", 24),
    ("feet", "inches", 12),
    ("yards", "feet", 3),
)


# -- Decimals -------------------------------------------------------------------------------------
def tenths(rng: Random, scale: int) -> Fraction:
    return Fraction(rng.randint(11, 99), 10) if scale == 1 else Fraction(rng.randint(101, 999), 100)


def add_decimals(rng: Random, scale: int) -> Item:
    a, b = tenths(rng, scale), tenths(rng, 1)
    prompt = rng.choice(
        [
            f"What is {decimal(a)} + {decimal(b)}?",
            f"{name(rng)} runs {decimal(a)} km and then {decimal(b)} km. How many kilometers is that?",
            f"One parcel weighs {decimal(a)} kg, another {decimal(b)} kg. How many kilograms do they weigh together?",
        ]
    )
    mistakes = [decimal(a + b + 1), decimal(a + b / 10), decimal(a + b - Fraction(1, 10)), decimal(abs(a - b))]
    steps = [
        "Write them so that the points stand below each other.",
        f"{decimal(a)} + {decimal(b)} = {decimal(a + b)}.",
    ]
    return number(prompt, decimal(a + b), mistakes, steps, f"x == {a} + {b}", "Tenths go with tenths, ones with ones.")


def subtract_decimals(rng: Random, scale: int) -> Item:
    b = tenths(rng, scale)
    a = b + tenths(rng, 1)
    prompt = rng.choice(
        [
            f"What is {decimal(a)} - {decimal(b)}?",
            f"A rope is {decimal(a)} m long. {name(rng)} cuts off {decimal(b)} m. How many meters are left?",
        ]
    )
    mistakes = [decimal(a + b), decimal(a - b + 1), decimal(a - b + Fraction(1, 10)), decimal(a - b / 10)]
    steps = [
        "Write them so that the points stand below each other.",
        f"{decimal(a)} - {decimal(b)} = {decimal(a - b)}.",
    ]
    return number(
        prompt,
        decimal(a - b),
        mistakes,
        steps,
        f"x + {b} == {a}",
        f"{decimal(a)} and {decimal(a)}0 are the same number.",
    )


def compare_decimals(rng: Random, _: int) -> Item:
    ones = rng.randint(0, 9)
    a = ones + Fraction(rng.randint(1, 9), 10)
    b = ones + Fraction(rng.randint(1, 99), 100)
    sign = "<" if a < b else ">" if a > b else "="
    steps = ["Compare the tenths first, then the hundredths.", f"{decimal(a)} {sign} {decimal(b)}."]
    prompt = f"Which sign belongs in the gap? {decimal(a)} ___ {decimal(b)}"
    return choice(
        prompt,
        sign,
        ["<", ">", "=", "+"],
        steps,
        f"x == sign({a} - {b})",
        "More digits do not make a number larger.",
        SIGNS,
    )


def decimals_in_order(rng: Random, _: int) -> Item:
    ones = rng.randint(0, 5)
    found = [
        ones + Fraction(rng.randint(1, 9), 10),
        ones + Fraction(rng.randint(1, 99), 100),
        ones + Fraction(rng.randint(1, 99), 100),
        ones + Fraction(rng.randint(1, 999), 1000),
    ]
    return order(
        rising(rng, "decimals"),
        [(decimal(one), one) for one in found],
        "Fill up with zeros, so that all have equally many digits.",
    )


def shift(rng: Random, _: int) -> Item:
    a, (k, sign) = tenths(rng, 2), rng.choice([(10, "*"), (100, "*"), (10, "/")])
    right = a * k if sign == "*" else a / k
    other = a / k if sign == "*" and k == 10 else a * 1000 if sign == "*" else a * k
    steps = [
        f"Each digit moves {len(str(k)) - 1} place{'s' * (k > 10)} to the {'left' if sign == '*' else 'right'}.",
        f"{decimal(a)} {sign} {k} = {decimal(right)}.",
    ]
    mistakes = [decimal(other), decimal(right * 10), decimal(a)]
    return number(
        f"What is {decimal(a)} {sign} {k}?",
        decimal(right),
        mistakes,
        steps,
        f"x == {a} {sign} {k}",
        "The digits keep their order. They only move.",
    )


def as_fraction(rng: Random, _: int) -> Item:
    value = Fraction(rng.randint(1, 19), rng.choice([4, 5, 8, 10, 20, 25]))
    if value >= 1 or value.denominator == 1:
        value = Fraction(3, 4)
    steps = [
        f"Read it as tenths, hundredths or thousandths, then simplify: {value.numerator}/{value.denominator}.",
        f"Check: {value.numerator} / {value.denominator} = {decimal(value)}.",
    ]
    p, q = value.numerator, value.denominator
    mistakes = [f"{p}/{q + 1}", f"{p + 1}/{q}", f"1/{q + 3}", f"{q - p}/{q}" if 2 * p != q else "1/3"]
    return choice(
        f"Which fraction equals {decimal(value)}?",
        f"{p}/{q}",
        mistakes,
        steps,
        f"x == {value}",
        "0.5 is 5 tenths, 0.25 is 25 hundredths.",
    )


def shopping(rng: Random, _: int) -> Item:
    count, price, paid = rng.randint(2, 4), 5 * rng.randint(15, 90), 2000
    what = rng.choice(["notebooks", "smoothies", "tickets", "pens", "sandwiches"])
    back = paid - count * price
    prompt = f"{name(rng)} buys {count} {what} at {money(price)} each and pays with $20. How much money comes back?"
    steps = [f"{count} * {money(price)} = {money(count * price)}.", f"$20 - {money(count * price)} = {money(back)}."]
    return number(
        prompt,
        money(back),
        [money(count * price), money(paid - price), money(back + 100)],
        steps,
        f"x + {count} * {price}/100 == 20",
        "First find the price of all of them.",
    )


# -- Units ----------------------------------------------------------------------------------------
def count(number_: int, unit: str) -> str:
    return f"{number_} {unit if number_ > 1 else {'feet': 'foot', 'inches': 'inch'}.get(unit, unit.removesuffix('s'))}"


def to_small(rng: Random, scale: int) -> Item:
    large, small, k = rng.choice(UNITS)
    n = Fraction(rng.randint(2, 12))
    if scale > 1 and k % 4 == 0:
        n += Fraction(rng.choice([1, 2, 3]), 4)
    shown, right = decimal(n), n * k
    steps = [f"One of the {large} has {k} {small}.", f"{shown} * {k} = {right}."]
    return fill(
        f"{shown} {large} = ___ {small}",
        right,
        [right * 10, n + k, right / 10 if right % 10 == 0 else right + k],
        steps,
        f"x == {n} * {k}",
        f"How many {small} make one of the {large}?",
    )


def to_large(rng: Random, _: int) -> Item:
    large, small, k = rng.choice(UNITS)
    n = rng.randint(2, 15)
    prompt = rng.choice(
        [f"{n * k} {small} = ___ {large}", f"{name(rng)} measures {n * k} {small}. In {large}, that is ___."]
    )
    steps = [f"{k} {small} make one of the {large}.", f"{n * k} / {k} = {n}."]
    return fill(
        prompt,
        n,
        [n * 10, n + 1, n * k * k],
        steps,
        f"x * {k} == {n * k}",
        "The unit gets larger, so the number gets smaller.",
    )


def mixed_units(rng: Random, _: int) -> Item:
    large, small, k = rng.choice(UNITS)
    n, rest = rng.randint(1, 6), rng.randint(1, k - 1)
    prompt = f"How many {small} are {count(n, large)} and {count(rest, small)}?"
    steps = [f"{n} * {k} = {n * k}.", f"{n * k} + {rest} = {n * k + rest}."]
    return number(
        prompt,
        n * k + rest,
        [n * 10 + rest if k != 10 else n + rest, n * k, n + rest + k],
        steps,
        f"x == {n} * {k} + {rest}",
        f"Change the {large} first.",
    )


def measures_in_order(rng: Random, _: int) -> Item:
    small, large = rng.choice([("m", "km"), ("g", "kg")])
    values = rng.sample(range(150, 4000, 50), 4)
    parts = [
        (f"{decimal(Fraction(one, 1000))} {large}" if place % 2 else f"{one} {small}", one)
        for place, one in enumerate(values)
    ]
    return order(rising(rng, "lengths" if small == "m" else "weights"), parts, f"Change everything to {small}.")


def share_units(rng: Random, _: int) -> Item:
    large, small, k = rng.choice([one for one in UNITS if one[2] >= 12])
    parts = rng.choice([part for part in (2, 3, 4, 5, 6, 8, 10) if k % part == 0])
    n = rng.randint(1, 3)
    what = {
        "hours": "A show lasts",
        "minutes": "A song lasts",
        "days": "A trip lasts",
        "kilograms": "A bag weighs",
        "liters": "A jug holds",
    }.get(large, "A rope measures")
    prompt = (
        f"{what} {count(n, large)}. {name(rng)} divides that into {parts} equal parts. How many {small} is one part?"
    )
    steps = [f"{count(n, large)} = {n * k} {small}.", f"{n * k} / {parts} = {n * k // parts}."]
    return number(
        prompt,
        n * k // parts,
        [n * k, n * k // parts + parts, k],
        steps,
        f"x * {parts} == {n} * {k}",
        f"Change to {small} first.",
    )


SKILLS = (
    SkillPlan(
        "decimals", "Decimals", 5, (add_decimals, compare_decimals), (subtract_decimals, shift, as_fraction, add_decimals),
        (decimals_in_order, shopping, subtract_decimals, shift),
    ),
    SkillPlan(
        "units", "Units", 5, (to_small, to_large), (mixed_units, to_large, to_small), (share_units, mixed_units, measures_in_order),
    ),
)  # fmt: skip
