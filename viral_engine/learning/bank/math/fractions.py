"""Fractions."""

import math
from fractions import Fraction
from random import Random

from viral_engine.learning.bank.math.items import Item, SkillPlan, choice, name, number, order, rising, say, thing


# -- Fractions ------------------------------------------------------------------------------------
def add_like(rng: Random, _: int) -> Item:
    d = rng.randint(5, 12)
    a, b = rng.randint(1, d - 2), rng.randint(1, d - 2)
    total = Fraction(a + b, d)
    what = rng.choice(["a pizza", "a cake", "a bottle of juice", "a page"])
    prompt = rng.choice(
        [
            f"What is {a}/{d} + {b}/{d}?",
            f"{name(rng)} uses {a}/{d} of {what}, then another {b}/{d}. Which fraction is that in all?",
        ]
    )
    steps = [
        f"Both count parts of the same size, so add the counts: {a} + {b} = {a + b}.",
        f"That makes {a + b}/{d}" + ("." if say(total) == f"{a + b}/{d}" else f" = {say(total)}."),
    ]
    return number(
        prompt,
        total,
        [Fraction(a + b, 2 * d), Fraction(abs(a - b), d), Fraction(a + b + 1, d)],
        steps,
        f"x == {a}/{d} + {b}/{d}",
        "The size of the parts stays the same. Count the parts.",
    )


def simplify(rng: Random, scale: int) -> Item:
    value = Fraction(rng.randint(1, 7), rng.randint(8, 11))
    k = rng.randint(2, 3 + scale)
    n, d = value.numerator * k, value.denominator * k
    p, q = value.numerator, value.denominator
    mistakes = [f"{p + 1}/{q}", f"{p}/{q + 1}", f"{n}/{q}", f"{p}/{d}"]
    steps = [f"{k} divides both numbers, so {k} small parts make one larger part.", f"{n}/{d} = {p}/{q}."]
    return choice(
        f"Which fraction is equal to {n}/{d}?",
        f"{p}/{q}",
        mistakes,
        steps,
        f"x == {n}/{d}",
        f"Find a number that divides {n} and {d}.",
    )


def fraction_of(rng: Random, scale: int) -> Item:
    d = rng.randint(3, 8)
    n, part, what = rng.randint(2, d - 1), rng.randint(2, 4 * scale), thing(rng)
    whole = d * part
    prompt = rng.choice(
        [f"What is {n}/{d} of {whole}?", f"{name(rng)} gives away {n}/{d} of {whole} {what}. How many {what} is that?"]
    )
    steps = [f"1/{d} of {whole} is {whole} / {d} = {part}.", f"{n} such parts: {n} * {part} = {n * part}."]
    return number(
        prompt, n * part, [part, whole - n, whole - n * part], steps, f"x == {n}/{d} * {whole}", f"First find 1/{d}."
    )


def add_unlike(rng: Random, scale: int) -> Item:
    b, d = rng.sample(range(2, 6 + scale), 2)
    a, c = rng.randint(1, b - 1), rng.randint(1, d - 1)
    total, common = Fraction(a, b) + Fraction(c, d), math.lcm(b, d)
    x, y = a * common // b, c * common // d
    prompt = rng.choice(
        [
            f"What is {a}/{b} + {c}/{d}?",
            f"{name(rng)} walks {a}/{b} mile and then {c}/{d} mile. How many miles is that?",
        ]
    )
    steps = [
        f"Cut both into parts of the same size: {a}/{b} = {x}/{common} and {c}/{d} = {y}/{common}.",
        f"Now count: {x + y}/{common}" + ("." if say(total) == f"{x + y}/{common}" else f" = {say(total)}."),
    ]
    return number(
        prompt,
        total,
        [Fraction(a + c, b + d), Fraction(a + c, common), Fraction(a * c, b * d)],
        steps,
        f"x == {a}/{b} + {c}/{d}",
        "Thirds and quarters cannot be counted together. Find parts that fit both.",
    )


def multiply(rng: Random, scale: int) -> Item:
    b, d = rng.randint(3, 4 + scale), rng.randint(3, 4 + scale)
    a, c = rng.randint(1, b - 1), rng.randint(1, d - 1)
    product = Fraction(a, b) * Fraction(c, d)
    prompt = rng.choice(
        [
            f"What is {a}/{b} * {c}/{d}?",
            f"What is {a}/{b} of {c}/{d}?",
            f"{c}/{d} of a field is planted, {a}/{b} of that with corn. Which fraction of the field is corn?",
        ]
    )
    steps = [
        f"Cut each of the {d} parts into {b} smaller ones: the whole now has {b} * {d} = {b * d} equal parts.",
        f"{a}/{b} of {c}/{d} takes {a} of them from each of the {c} parts, {a} * {c} = {a * c} in all.",
        f"So it is {a * c}/{b * d}" + ("." if say(product) == f"{a * c}/{b * d}" else f" = {say(product)}."),
    ]
    return number(
        prompt,
        product,
        [Fraction(a + c, b + d), Fraction(a * d, b * c), Fraction(a * c, b + d)],
        steps,
        f"x == {a}/{b} * {c}/{d}",
        "Into how many equal parts is the whole cut now?",
    )


def divide(rng: Random, scale: int) -> Item:
    b, d = rng.randint(2, 4 + scale), rng.randint(3, 4 + scale)
    a, c = rng.randint(1, b), rng.randint(1, d - 1)
    quotient, common = Fraction(a, b) / Fraction(c, d), math.lcm(b, d)
    x, y = a * common // b, c * common // d
    prompt = rng.choice(
        [
            f"What is {a}/{b} divided by {c}/{d}?",
            f"How many times does {c}/{d} fit into {a}/{b}? Give a fraction if it does not fit evenly.",
        ]
    )
    steps = [
        f"Use parts of one size: {a}/{b} = {x}/{common} and {c}/{d} = {y}/{common}.",
        f"{y} parts fit into {x} parts {x} / {y} times: {say(quotient)}.",
    ]
    return number(
        prompt,
        quotient,
        [Fraction(a * c, b * d), Fraction(b * c, a * d), Fraction(a * d, b * c) + 1],
        steps,
        f"x * ({c}/{d}) == {a}/{b}",
        "Write both with the same denominator. Then compare the counts.",
    )


def mixed_order(rng: Random, _: int) -> Item:
    found = {Fraction(rng.randint(1, 7), rng.randint(2, 8)) for _ in range(12)}
    parts = [(f"{one.numerator}/{one.denominator}", one) for one in found if one.denominator > 1]
    chosen = rng.sample(parts, 4) if len(parts) >= 4 else []
    return order(rising(rng, "fractions"), chosen or [("1/2", Fraction(1, 2))] * 4, "Compare each with 1/2 and with 1.")


FRACTIONS = SkillPlan(
    "fractions", "Fractions", 4, (add_like, simplify, fraction_of), (fraction_of, add_unlike, multiply, simplify),
    (add_unlike, divide, mixed_order, multiply),
)  # fmt: skip
