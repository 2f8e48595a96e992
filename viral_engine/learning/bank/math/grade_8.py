"""Grade 8: linear equations, exponents, roots."""

from fractions import Fraction
from random import Random

from viral_engine.learning.bank.math.items import (
    Item,
    SkillPlan,
    choice,
    fill,
    name,
    number,
    order,
    rising,
    say,
    signed,
    two_names,
)


# -- Linear equations -----------------------------------------------------------------------------
def both_sides(rng: Random, scale: int) -> Item:
    x, c, d = rng.choice([-1, 1]) * rng.randint(1, 4 * scale), rng.randint(2, 6), rng.randint(-9, 9)
    a = c + rng.randint(1, 5)
    b = c * x + d - a * x
    steps = [
        f"Take {c}x from both sides: {a - c if a - c > 1 else ''}x {signed(b)} = {d}.",
        f"Then x = {x}. Check it in both sides.",
    ]
    mistakes = [-x, x + 1, x - 2] if b and d else []
    return number(
        f"Solve {a}x {signed(b)} = {c}x {signed(d)}.",
        x,
        mistakes,
        steps,
        f"{a}*x + {b} == {c}*x + {d}",
        "Collect the x on one side, the numbers on the other.",
    )


def with_brackets(rng: Random, _: int) -> Item:
    x, a, b = rng.choice([-1, 1]) * rng.randint(1, 9), rng.randint(2, 7), rng.choice([-1, 1]) * rng.randint(1, 8)
    total = a * (x + b)
    steps = [f"Divide both sides by {a}: x {signed(b)} = {total // a}.", f"So x = {x}."]
    return number(
        f"Solve {a}(x {signed(b)}) = {total}.",
        x,
        [total - b, -x, x + b],
        steps,
        f"{a} * (x + {b}) == {total}",
        "Undo the factor in front of the brackets first.",
    )


def with_fraction(rng: Random, _: int) -> Item:
    n, d = rng.choice([(1, 2), (1, 3), (2, 3), (3, 4), (2, 5), (1, 4), (3, 5), (5, 6)])
    x, b = d * rng.randint(2, 8), rng.randint(1, 9)
    total = n * x // d + b
    steps = [f"Take {b} from both sides: {n}/{d} * x = {total - b}.", f"Multiply by {d} and divide by {n}: x = {x}."]
    return number(
        f"Solve {n}/{d} * x + {b} = {total}.",
        x,
        [total - b, n * x // d, x + d],
        steps,
        f"{n}/{d} * x + {b} == {total}",
        "Undo the addition first.",
    )


def ages(rng: Random, _: int) -> Item:
    (one, two), young, gap = two_names(rng), rng.randint(4, 15), rng.randint(2, 9)
    total = 2 * young + gap
    prompt = rng.choice(
        [
            f"{one} and {two} have {total} books together. {one} has {gap} more than {two}. How many books has {two}?",
            f"{one} is {gap} years older than {two}. Together they are {total}. How old is {two}?",
        ]
    )
    steps = [f"Call {two}'s number x: x + (x + {gap}) = {total}.", f"2x = {total - gap}, so x = {young}."]
    return number(
        prompt,
        young,
        [young + gap, total // 2 if total % 2 == 0 else total - gap, total - gap],
        steps,
        f"x + x + {gap} == {total}",
        f"If {two} has x, {one} has x + {gap}.",
    )


def how_many_solutions(rng: Random, _: int) -> Item:
    a, b, c, d = rng.randint(2, 7), rng.randint(1, 9), rng.randint(2, 7), rng.randint(1, 9)
    case = rng.randrange(3)
    c, d = [(c + (c == a), d), (a, b + rng.choice([1, 2, 5])), (a, b)][case]
    right = ["one", "none", "every number"][case]
    left = f"{a}x + {b}" if case != 2 else f"{a}x + {b - 1} + 1" if b > 1 else f"1 + {a}x"
    why = [
        "The numbers in front of x differ, so there is exactly one.",
        "The x cancel and a false statement is left.",
        "Both sides are the same for every x.",
    ][case]
    claim = f"x == {['1', '0', '9'][case]}"
    return choice(
        f"Which numbers solve {left} = {c}x + {d}? How many are there?",
        right,
        ["one", "none", "every number", "two"],
        ["Compare the numbers in front of x.", why],
        claim,
        "Try to take the same number of x from both sides.",
        {"one": 1, "none": 0, "every number": 9, "two": 2},
    )


def compare_plans(rng: Random, _: int) -> Item:
    a, x = rng.randint(3, 9), rng.randint(4, 15)
    c = a + rng.randint(1, 5)
    start = (c - a) * x
    prompt = rng.choice(
        [
            f"Plan A costs ${start} plus ${a} a month, plan B ${c} a month. After ___ months both cost the same.",
            f"One tank holds {start} liters and gains {a} liters a minute. An empty tank gains {c} liters a minute. After ___ minutes they are equal.",
        ]
    )
    steps = [f"{start} + {a}x = {c}x.", f"{start} = {c - a}x, so x = {x}."]
    return fill(
        prompt,
        x,
        [start, x + 2, start // a + 1],
        steps,
        f"{start} + {a} * x == {c} * x",
        "Write both as expressions and make them equal.",
    )


# -- Exponents ------------------------------------------------------------------------------------
def power(rng: Random, scale: int) -> Item:
    a, n = rng.choice(
        [
            (2, 3),
            (2, 4),
            (2, 5),
            (2, 6),
            (2, 7),
            (3, 2),
            (3, 3),
            (3, 4),
            (4, 2),
            (4, 3),
            (5, 2),
            (5, 3),
            (6, 2),
            (7, 2),
            (9, 2),
            (10, 2),
            (10, 3),
            (10, 4),
            (12, 2),
        ]
    )
    a = -a if scale > 1 and rng.random() < 0.5 and a < 8 else a
    shown = f"({a})^{n}" if a < 0 else f"{a}^{n}"
    steps = [f"Multiply {n} factors: {' * '.join([f'({a})' if a < 0 else str(a)] * n)}.", f"{shown} = {a**n}."]
    return number(
        f"What is {shown}?",
        a**n,
        [a * n, -(a**n), a ** (n - 1)],
        steps,
        f"x == ({a})**{n}",
        "The small number counts the factors.",
    )


def product_rule(rng: Random, _: int) -> Item:
    a, m, n = rng.choice([2, 3, 5, 7, 10]), rng.randint(2, 9), rng.randint(2, 9)
    steps = [f"{m} factors and {n} more are {m + n} factors.", f"{a}^{m} * {a}^{n} = {a}^{m + n}."]
    prompt = f"Which power is equal to {a}^{m} * {a}^{n}?"
    mistakes = [
        f"{a}^{m * n if m * n != m + n else m + n + 1}",
        f"{a}^{abs(m - n) or 1}",
        f"{a}^{m + n - 1}",
        f"{a}^{m + n + 2}",
    ]
    return choice(prompt, f"{a}^{m + n}", mistakes, steps, f"x == {a}**{m} * {a}**{n}", "Count the factors.")


def quotient_rule(rng: Random, _: int) -> Item:
    a, n = rng.choice([2, 3, 5, 10]), rng.randint(2, 5)
    m = n + rng.randint(1, 4)
    steps = [f"{n} of the {m} factors cancel: {a}^{m - n} is left.", f"{a}^{m - n} = {a ** (m - n)}."]
    return number(
        f"What is {a}^{m} / {a}^{n}?",
        a ** (m - n),
        [a ** (m - n + 1), a * (m - n) + 1, m - n],
        steps,
        f"x * {a}**{n} == {a}**{m}",
        "Write out the factors and cancel.",
    )


def negative_power(rng: Random, _: int) -> Item:
    a, n = rng.choice([2, 3, 4, 5, 6, 8, 10]), rng.randint(1, 3)
    right = Fraction(1, a**n)
    steps = [f"{a}^-{n} means 1 divided by {a}^{n}.", f"1/{a**n}."]
    return number(
        f"Write {a}^-{n} as a fraction.",
        right,
        [-(a**n), Fraction(1, a * n) if n > 1 else Fraction(1, a + 1), Fraction(n, a), a**n],
        steps,
        f"x * {a}**{n} == 1",
        "A negative power is one divided by the power.",
    )


def power_of_power(rng: Random, _: int) -> Item:
    a, m, n = rng.choice([2, 3, 5, 10]), rng.randint(2, 6), rng.randint(2, 5)
    steps = [f"{n} times {m} factors are {m * n} factors.", f"({a}^{m})^{n} = {a}^{m * n}."]
    return fill(
        f"({a}^{m})^{n} is {a} to the power ___",
        m * n,
        [m + n, m**n, m * n + 1],
        steps,
        f"x == {m} * {n}",
        "How many factors are in each bracket, and how many brackets are there?",
    )


def powers_in_order(rng: Random, _: int) -> Item:
    rows = [(rng.randint(2, 9), rng.randint(0, 4)) for _ in range(4)]
    return order(
        rising(rng, "powers"),
        [(f"{a}^{n}", a**n) for a, n in rows],
        "Work out each power. Anything to the power 0 is 1.",
    )


def power_sum(rng: Random, _: int) -> Item:
    (a, m), (b, n) = ((rng.randint(2, 5), rng.randint(2, 3)) for _ in range(2))
    steps = [f"{a}^{m} = {a**m} and {b}^{n} = {b**n}.", f"{a**m} + {b**n} = {a**m + b**n}."]
    return number(
        f"What is {a}^{m} + {b}^{n}?",
        a**m + b**n,
        [(a + b) ** max(m, n), a * m + b * n, a**m * b**n],
        steps,
        f"x == {a}**{m} + {b}**{n}",
        "Powers come before plus.",
    )


# -- Roots ----------------------------------------------------------------------------------------
def square_root(rng: Random, _: int) -> Item:
    r = rng.randint(2, 25)
    prompt = rng.choice(
        [
            f"What is the square root of {r * r}?",
            f"A square garden has an area of {r * r} square meters. How many meters long is one side?",
            f"{name(rng)} lays {r * r} square tiles as one large square. How many tiles are in a row?",
        ]
    )
    steps = [f"Which positive number times itself makes {r * r}?", f"{r} * {r} = {r * r}."]
    return number(
        prompt,
        r,
        [r * r // 2, r + 1, 2 * r],
        steps,
        f"x * x == {r * r} and x > 0",
        f"Try numbers near {r + (1 if r % 2 else -1)}.",
    )


def between(rng: Random, _: int) -> Item:
    r = rng.randint(2, 14)
    value = r * r + rng.randint(1, 2 * r)
    steps = [f"{r} * {r} = {r * r} and {r + 1} * {r + 1} = {(r + 1) ** 2}.", f"{value} lies between them."]
    prompt = f"The square root of {value} lies between two neighbouring whole numbers. The smaller one is ___."
    return fill(
        prompt,
        r,
        [r + 1, value // 2, r - 1],
        steps,
        f"x == floor(x) and x >= 0 and x * x < {value} < (x + 1) * (x + 1)",
        "Find the square numbers below and above.",
    )


def cube_root(rng: Random, _: int) -> Item:
    r = rng.randint(2, 12)
    prompt = rng.choice(
        [f"What is the cube root of {r**3}?", f"A cube has a volume of {r**3} cubic cm. How long is its edge, in cm?"]
    )
    steps = [f"Which number, taken three times as a factor, makes {r**3}?", f"{r} * {r} * {r} = {r**3}."]
    return number(prompt, r, [r**3 // 3, r + 1, r * r], steps, f"x * x * x == {r**3}", "Try small whole numbers.")


def root_product(rng: Random, _: int) -> Item:
    a, b = rng.randint(2, 12), rng.randint(2, 12)
    sign = rng.choice(["+", "*"])
    right = a + b if sign == "+" else a * b
    steps = [f"The roots are {a} and {b}.", f"{a} {sign} {b} = {right}."]
    mistakes = [a * a + b * b, a * b + 1 if sign == "+" else a + b, right + 2]
    return number(
        f"Add the square roots of {a * a} and {b * b}."
        if sign == "+"
        else f"Multiply the square roots of {a * a} and {b * b}.",
        right,
        mistakes,
        steps,
        f"x == {a} {sign} {b}",
        "Find each root first.",
    )


def leg(rng: Random, scale: int) -> Item:
    a, b, c = rng.choice([(3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (12, 35, 37), (9, 40, 41)])
    k = rng.randint(1, scale)
    a, b, c = a * k, b * k, c * k
    prompt = rng.choice(
        [
            f"A ladder of {c} dm leans against a wall. Its foot is {a} dm from the wall. How many dm high does it reach?",
            f"The longest side of a right triangle is {c} cm, another side {a} cm. How long is the third side, in cm?",
        ]
    )
    steps = [f"{c}^2 - {a}^2 = {c * c} - {a * a} = {b * b}.", f"The root of {b * b} is {b}."]
    return number(
        prompt,
        b,
        [c - a, b + 1, c + a],
        steps,
        f"x * x + {a}*{a} == {c}*{c} and x > 0",
        "The square of the longest side is the sum of the other two squares.",
    )


def squares_in_order(rng: Random, _: int) -> Item:
    values = [(f"({say(a)})^2" if a < 0 else f"{a}^2", a * a) for a in rng.sample(range(-9, 10), 3)]
    extra = rng.randint(10, 70)
    return order(rising(rng, "numbers"), [*values, (str(extra), extra)], "A square is never negative.")


SKILLS = (
    SkillPlan(
        "linear-equations", "Linear equations", 8, (with_brackets, both_sides), (both_sides, with_fraction, ages),
        (compare_plans, how_many_solutions, both_sides),
    ),
    SkillPlan(
        "exponents", "Exponents", 8, (power, product_rule), (quotient_rule, power_of_power, power, power_sum),
        (negative_power, powers_in_order, power_sum),
    ),
    SkillPlan(
        "roots", "Squares and roots", 8, (square_root, root_product), (between, root_product, leg), (leg, cube_root, squares_in_order, between),
    ),
)  # fmt: skip
