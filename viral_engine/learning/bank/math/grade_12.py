"""Grade 12: counting, right-triangle trigonometry, derivatives."""

import math
from fractions import Fraction
from random import Random

from viral_engine.learning.bank.math.derivatives import DERIVATIVES
from viral_engine.learning.bank.math.items import Item, SkillPlan, fill, name, number, order

TRIPLES = (
    (3, 4, 5),
    (5, 12, 13),
    (8, 15, 17),
    (7, 24, 25),
    (20, 21, 29),
    (12, 35, 37),
    (9, 40, 41),
    (6, 8, 10),
    (9, 12, 15),
    (10, 24, 26),
)


# -- Counting -------------------------------------------------------------------------------------
def outfits(rng: Random, scale: int) -> Item:
    a, b, c = rng.randint(2, 4 + scale), rng.randint(2, 6), rng.randint(2, 4)
    first = rng.choice(
        [
            f"{name(rng)} has {a} shirts, {b} trousers and {c} hats. How many outfits are possible?",
            f"A menu has {a} soups, {b} main dishes and {c} desserts. How many three-course meals are there?",
            f"A code has one of {a} letters, one of {b} digits and one of {c} signs, in this order. How many codes are there?",
        ]
    )
    steps = [f"Each of the {a} goes with each of the {b} and each of the {c}.", f"{a} * {b} * {c} = {a * b * c}."]
    return number(
        first, a * b * c, [a + b + c, a * b + c, a * b * c + a], steps, f"x == {a} * {b} * {c}", "Multiply the choices."
    )


def line_up(rng: Random, _: int) -> Item:
    n = rng.randint(3, 7)
    what = rng.choice(
        [
            "books on a shelf",
            "children in a line",
            "flags on a rope",
            "songs in a show",
            "photos in a row",
            "cups on a tray",
            "cars in a lane",
        ]
    )
    steps = [
        f"{n} choices for the first place, then {n - 1}, and so on.",
        f"{' * '.join(str(n - place) for place in range(n))} = {math.factorial(n)}.",
    ]
    return number(
        f"In how many orders can {n} different {what} be placed?",
        math.factorial(n),
        [n * n, math.factorial(n - 1), 2**n],
        steps,
        f"x == factorial({n})",
        "How many choices has the first place? And the second?",
    )


def podium(rng: Random, _: int) -> Item:
    n, k = rng.randint(5, 12), rng.choice([2, 3])
    right = math.perm(n, k)
    what = rng.choice(
        [
            f"{n} runners race. In how many ways can the first {k} places be filled?",
            f"A club of {n} elects {'a president and a deputy' if k == 2 else 'a president, a deputy and a treasurer'}. How many results are possible?",
        ]
    )
    steps = [
        f"{n} choices for the first, {n - 1} for the next" + (f", {n - 2} for the third." if k > 2 else "."),
        f"The product is {right}.",
    ]
    return number(what, right, [math.comb(n, k), n**k, n * k], steps, f"x == perm({n}, {k})", "The order matters here.")


def team(rng: Random, _: int) -> Item:
    n, k = rng.randint(5, 10), rng.choice([2, 3, 4])
    right = math.comb(n, k)
    what = rng.choice(
        [
            f"From {n} players, a team of {k} is chosen. How many teams are possible?",
            f"{name(rng)} picks {k} of {n} books for a trip. How many selections are there?",
            f"How many subsets with {k} elements has a set of {n}?",
        ]
    )
    steps = [
        f"In order there are {math.perm(n, k)}; each choice of {k} was counted {math.factorial(k)} times.",
        f"{math.perm(n, k)} / {math.factorial(k)} = {right}.",
    ]
    return number(
        what,
        right,
        [math.perm(n, k), n * k, right + n],
        steps,
        f"x * factorial({k}) == perm({n}, {k})",
        "The order does not matter here.",
    )


def handshakes(rng: Random, _: int) -> Item:
    n = rng.randint(4, 20)
    what = rng.choice(
        [
            f"{n} people all shake hands once with each other. There are ___ handshakes.",
            f"{n} teams play each other once. There are ___ games.",
            f"{n} points on a circle are joined in pairs. There are ___ lines.",
        ]
    )
    steps = [
        f"Each of the {n} meets {n - 1} others; every pair was counted twice.",
        f"{n} * {n - 1} / 2 = {n * (n - 1) // 2}.",
    ]
    return fill(
        what,
        n * (n - 1) // 2,
        [n * (n - 1), n * n, n * (n + 1) // 2],
        steps,
        f"2 * x == {n} * ({n} - 1)",
        "Every pair counts once.",
    )


def binary(rng: Random, _: int) -> Item:
    n = rng.randint(3, 10)
    what = rng.choice(
        [
            f"A coin is tossed {n} times. How many different sequences of heads and tails are there?",
            f"A quiz has {n} questions, each true or false. In how many ways can it be filled in?",
        ]
    )
    steps = [f"Two ways for each of the {n}.", f"2^{n} = {2**n}."]
    return number(what, 2**n, [2 * n, n * n, 2 ** (n - 1)], steps, f"x == 2**{n}", "Each one doubles the number.")


def counts_in_order(rng: Random, _: int) -> Item:
    rows = [(f"{n} * {n - 1} / 2", n * (n - 1) // 2) for n in rng.sample(range(4, 12), 2)] + [
        (f"2^{n}", 2**n) for n in rng.sample(range(2, 7), 2)
    ]
    return order(
        rng.choice(
            [
                "Pairs and subsets are counted here. Put the counts in order, the smallest first.",
                "Work out these counts and sort them, the smallest first.",
            ]
        ),
        rows,
        "Work out each count.",
    )


# -- Trigonometry ---------------------------------------------------------------------------------
def ratio(rng: Random, _: int) -> Item:
    a, b, c = rng.choice(TRIPLES)
    if rng.random() < 0.5:
        a, b = b, a
    word, top, bottom, text = rng.choice(
        [
            ("sine", a, c, "opposite over longest"),
            ("cosine", b, c, "adjacent over longest"),
            ("tangent", a, b, "opposite over adjacent"),
        ]
    )
    right = Fraction(top, bottom)
    prompt = f"A right triangle has the sides {a}, {b} and {c}. What is the {word} of the angle opposite the side {a}?"
    steps = [
        f"The {word} is {text} side.",
        f"{top}/{bottom}" + ("." if str(right) == f"{top}/{bottom}" else f" = {right}."),
    ]
    mistakes = [
        one for one in (Fraction(a, c), Fraction(b, c), Fraction(a, b), Fraction(b, a), Fraction(c, a)) if one != right
    ]
    return number(
        prompt, right, mistakes, steps, f"x * {bottom} == {top}", "Name the sides: opposite, adjacent, longest."
    )


def side_from_sine(rng: Random, _: int) -> Item:
    a, _, c = rng.choice(TRIPLES[:7])
    k = rng.randint(2, 9)
    what = rng.choice(["ramp", "ladder", "kite string", "slide", "cable"])
    prompt = f"A {what} is {c * k} m long. The sine of its angle with the ground is {a}/{c}. How many meters high does it reach?"
    steps = ["Sine is height over length.", f"{a}/{c} * {c * k} = {a * k}."]
    return number(
        prompt,
        a * k,
        [c * k - a, c * k * c // a, a * k + k],
        steps,
        f"x / {c * k} == {a}/{c}",
        "Multiply the length by the sine.",
    )


def other_ratio(rng: Random, _: int) -> Item:
    a, b, c = rng.choice(TRIPLES[:7])
    if rng.random() < 0.5:
        a, b = b, a
    word, other = rng.choice([("sine", "cosine"), ("cosine", "sine")])
    prompt = f"An acute angle has the {word} {a}/{c}. What is its {other}?"
    steps = [
        f"Think of a right triangle with the sides {a} and {c}. The third side is {b}, because {c * c} - {a * a} = {b * b}.",
        f"The {other} is {b}/{c}.",
    ]
    return number(
        prompt,
        Fraction(b, c),
        [Fraction(a, b), Fraction(c - a, c), Fraction(b, a), Fraction(c, b)],
        steps,
        f"x * x + ({a}/{c}) * ({a}/{c}) == 1 and x > 0",
        "Draw the triangle and find its third side.",
    )


def known_value(rng: Random, _: int) -> Item:
    word, degrees, right = rng.choice(
        [
            ("sine", 30, Fraction(1, 2)),
            ("cosine", 60, Fraction(1, 2)),
            ("tangent", 45, Fraction(1)),
            ("sine", 90, Fraction(1)),
            ("cosine", 90, Fraction(0)),
            ("sine", 0, Fraction(0)),
            ("cosine", 180, Fraction(-1)),
            ("sine", 270, Fraction(-1)),
            ("cosine", 0, Fraction(1)),
            ("tangent", 0, Fraction(0)),
            ("sine", 150, Fraction(1, 2)),
            ("cosine", 120, Fraction(-1, 2)),
            ("tangent", 135, Fraction(-1)),
        ]
    )
    k = rng.choice([1, 1, 2, 4, 6, 10])
    front = "" if k == 1 else f"{k} times "
    steps = [f"On the unit circle, the {word} of {degrees} degrees is {right}.", f"The result is {k * right}."]
    return number(
        f"What is {front}the {word} of {degrees} degrees?",
        k * right,
        [-k * right if right else k, k * right + 1, k * Fraction(3, 4), k * right - Fraction(1, 4)],
        steps,
        f"x == {k} * ({right})",
        "Think of the unit circle or of half a square.",
    )


def period(rng: Random, _: int) -> Item:
    k = rng.choice([2, 3, 4, 5, 6, 8, 9, 10, 12])
    a = rng.randint(2, 9)
    word = rng.choice(["sine", "cosine"])
    if rng.random() < 0.5:
        return fill(
            f"y is {a} times the {word} of {k}x, with x in degrees. It repeats every ___ degrees.",
            360 // k,
            [360 * k, 360, 180 // k],
            [
                "The plain curve repeats every 360 degrees.",
                f"{k}x gets there {k} times as fast: 360 / {k} = {360 // k}.",
            ],
            f"x * {k} == 360",
            "How far must x go for one full turn?",
        )
    return fill(
        f"y is {a} times the {word} of {k}x. The largest value of y is ___",
        a,
        [k if k != a else k + 1, a * k, 1],
        [f"The {word} is at most 1.", f"{a} * 1 = {a}."],
        f"x == {a} * 1",
        "What is the largest value of the plain curve?",
    )


def trig_in_order(rng: Random, _: int) -> Item:
    chosen = rng.sample(TRIPLES[:7], 4)
    return order(
        "Four angles have these sines. Put the angles in order, the smallest first.",
        [(f"{a}/{c}", Fraction(a, c)) for a, _, c in chosen],
        "A larger acute angle has a larger sine.",
    )


SKILLS = (
    SkillPlan(
        "counting-choices", "Counting choices", 12, (outfits, binary, line_up), (podium, team, handshakes, outfits), (team, podium, counts_in_order, handshakes),
    ),
    SkillPlan(
        "trigonometry", "Trigonometry", 12, (ratio, known_value), (side_from_sine, period, ratio), (other_ratio, trig_in_order, side_from_sine),
    ),
    DERIVATIVES,
)  # fmt: skip
