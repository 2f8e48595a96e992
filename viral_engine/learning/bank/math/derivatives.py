"""First derivatives."""

from random import Random

from viral_engine.learning.bank.math.items import Item, SkillPlan, choice, fill, number, order, say, signed, term


# -- Derivatives ----------------------------------------------------------------------------------
def plus(factor: int, power: str = "x") -> str:
    return "" if factor == 0 else f" {'+' if factor > 0 else '-'} {term(abs(factor), power)}"


def power_rule(rng: Random, _: int) -> Item:
    a, n = rng.randint(1, 9), rng.randint(2, 6)
    right = f"{a * n}x" if n == 2 else f"{a * n}x^{n - 1}"
    mistakes = [
        f"{a * n}x^{n}",
        term(a, f"x^{n - 1}" if n > 2 else "x"),
        f"{a + n}x^{n - 1}" if a + n != a * n else f"{a * n + 1}x^{n - 1}",
        f"{a}x^{n + 1}",
    ]
    steps = [f"The power {n} comes to the front: {a} * {n} = {a * n}.", f"The new power is {n - 1}: {right}."]
    return choice(
        f"What is the derivative of {term(a, f'x^{n}')}?",
        right,
        mistakes,
        steps,
        f"same {a * n} * x**{n - 1}",
        "Multiply by the power, then lower the power by one.",
    )


def polynomial(rng: Random, _: int) -> Item:
    a, b, c = rng.randint(1, 6), rng.choice([-1, 1]) * rng.randint(1, 9), rng.randint(1, 9)
    right = f"{2 * a}x {signed(b)}"
    mistakes = [
        f"{2 * a}x {signed(b + c)}",
        f"{term(a)} {signed(b)}",
        f"{2 * a}x{plus(b)}" if 2 * a + b else f"{a + 1}x",
        f"{2 * a}x {signed(-b)}",
    ]
    steps = [f"{term(a, 'x^2')} gives {2 * a}x, {term(b)} gives {b}.", "A constant does not change, so it gives 0."]
    return choice(
        f"What is the derivative of {term(a, 'x^2')}{plus(b)} + {c}?",
        right,
        mistakes,
        steps,
        f"same {2 * a}*x + ({b})",
        "Take the terms one by one.",
    )


def slope_at(rng: Random, scale: int) -> Item:
    a, b, x = rng.randint(1, 2 + scale), rng.randint(-6, 6), rng.randint(-3, 5)
    right = 2 * a * x + b
    prompt = rng.choice(
        [
            f"What is the slope of y = {term(a, 'x^2')}{plus(b)} at x = {say(x)}?",
            f"f(x) = {term(a, 'x^2')}{plus(b)} + 1. What is f'({say(x)})?",
        ]
    )
    steps = [
        f"The derivative is {2 * a}x {signed(b)}." if b else f"The derivative is {2 * a}x.",
        f"At {x}: {2 * a * x} {signed(b)} = {right}.",
    ]
    return number(
        prompt,
        right,
        [a * x * x + b * x, 2 * a * x if b else right + 1, -right if right else 3, right + 2],
        steps,
        f"x == 2*{a}*({x}) + ({b})",
        "Find the derivative first, then put in the number.",
    )


def cubic_slope(rng: Random, _: int) -> Item:
    a, b, x = rng.randint(1, 3), rng.randint(-9, 9), rng.randint(-3, 3)
    right = 3 * a * x * x + b
    steps = [
        f"The derivative is {3 * a}x^2" + (f" {signed(b)}." if b else "."),
        f"At {x}: {3 * a} * {x * x} {signed(b)} = {right}.",
    ]
    return number(
        f"What is the slope of y = {term(a, 'x^3')}{plus(b)} at x = {say(x)}?",
        right,
        [a * x**3 + b * x, 3 * a * x + b, right + 3],
        steps,
        f"x == 3*{a}*({x})*({x}) + ({b})",
        "The derivative of x^3 is 3x^2.",
    )


def extreme(rng: Random, _: int) -> Item:
    a, x = rng.choice([-3, -2, -1, 1, 2, 3]), rng.choice([-1, 1]) * rng.randint(1, 7)
    b, c = -2 * a * x, rng.randint(1, 9)
    word = "lowest" if a > 0 else "highest"
    prompt = rng.choice(
        [
            f"At which x has y = {term(a, 'x^2')}{plus(b)} + {c} its {word} point?",
            f"Where is the derivative of {term(a, 'x^2')}{plus(b)} + {c} equal to 0?",
        ]
    )
    steps = [f"The derivative is {2 * a}x {signed(b)}.", f"It is 0 at x = {x}."]
    return number(prompt, x, [-x, b, 2 * x], steps, f"2 * ({a}) * x + ({b}) == 0", "At a turning point the slope is 0.")


def speed(rng: Random, _: int) -> Item:
    a, b, t = rng.randint(1, 6), rng.randint(1, 9), rng.randint(1, 8)
    right = 2 * a * t + b
    what = rng.choice(["A train", "A rocket", "A bike", "A ball"])
    prompt = f"{what} has moved {term(a, 't^2')} + {term(b, 't')} meters after t seconds. After {t} seconds its speed is ___ meters per second."
    steps = [f"Speed is the derivative: {2 * a}t + {b}.", f"2 * {a} * {t} + {b} = {right}."]
    return fill(
        prompt,
        right,
        [a * t * t + b * t, 2 * a * t, right + b],
        steps,
        f"x == 2*{a}*{t} + {b}",
        "Speed is how fast the way grows: the derivative.",
    )


def slopes_in_order(rng: Random, _: int) -> Item:
    a, b = rng.randint(1, 4), rng.choice([-1, 1]) * rng.randint(1, 9)
    return order(
        f"Slopes of y = {term(a, 'x^2')}{plus(b)} at four places, from its derivative. Put them in order, the smallest first.",
        [(f"{2 * a} * ({say(x)}) {signed(b)}", 2 * a * x + b) for x in rng.sample(range(-6, 7), 4)],
        "Work out each slope.",
    )


DERIVATIVES = SkillPlan(
    "derivatives", "Derivatives", 12, (power_rule, polynomial), (slope_at, polynomial, speed, power_rule), (cubic_slope, extreme, slopes_in_order, slope_at),
)  # fmt: skip
