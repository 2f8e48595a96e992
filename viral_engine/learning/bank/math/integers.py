"""Integers."""

from random import Random

from viral_engine.learning.bank.math.items import Item, SkillPlan, fill, number, order, rising


# -- Integers -------------------------------------------------------------------------------------
def add_signed(rng: Random, scale: int) -> Item:
    a, b = -rng.randint(2, 10 * scale), rng.randint(2, 10 * scale)
    prompt = rng.choice(
        [
            f"What is {a} + {b}?",
            f"It is {a} degrees. It gets {b} degrees warmer. How many degrees is it now?",
            f"A diver at {a} meters rises {b} meters. At which height is that?",
        ]
    )
    steps = [f"Start at {a} on the number line and go {b} to the right.", f"You reach {a + b}."]
    return number(
        prompt, a + b, [-(a + b), b - a, a - b], steps, f"x == {a} + {b}", "Which way do you go on the number line?"
    )


def subtract_signed(rng: Random, scale: int) -> Item:
    a, b = rng.randint(-9 * scale, 9), -rng.randint(2, 9 * scale)
    steps = [f"To take away {b} is to add {-b}.", f"{a} + {-b} = {a - b}."]
    return number(
        f"What is {a} - ({b})?",
        a - b,
        [a + b, b - a, -a - b - 1],
        steps,
        f"x == {a} - ({b})",
        "Taking away a debt makes you richer.",
    )


def multiply_signed(rng: Random, scale: int) -> Item:
    a, b = -rng.randint(2, 5 + 2 * scale), rng.choice([-1, 1]) * rng.randint(2, 9)
    steps = [
        "Two minus signs make a plus." if b < 0 else "One minus sign makes a minus.",
        f"{-a} * {abs(b)} = {-a * abs(b)}, so the answer is {a * b}.",
    ]
    shown = f"({b})" if b < 0 else str(b)
    return number(
        f"What is {a} * {shown}?",
        a * b,
        [-a * b, a + b, a * b - a],
        steps,
        f"x == {a} * ({b})",
        "First the sign, then the number.",
    )


def order_of_operations(rng: Random, scale: int) -> Item:
    a, b, c = rng.randint(2, 9 * scale), rng.randint(2, 9), rng.randint(2, 9)
    steps = [f"Multiply first: {b} * {c} = {b * c}.", f"Then {a} + {b * c} = {a + b * c}."]
    return number(
        f"What is {a} + {b} * {c}?",
        a + b * c,
        [(a + b) * c, a + b + c, a * b + c],
        steps,
        f"x == {a} + {b} * {c}",
        "Times comes before plus.",
    )


def bracketed_powers(rng: Random, _: int) -> Item:
    a, b, c = rng.randint(2, 9), rng.randint(2, 6), rng.randint(2, 4)
    value, times = a - b * c**2, b * c * c
    steps = [f"Power first: {c}^2 = {c * c}.", f"Then {b} * {c * c} = {times}.", f"Last {a} - {times} = {value}."]
    return number(
        f"What is {a} - {b} * {c}^2?",
        value,
        [a - (b * c) ** 2, (a - b) * c**2, a - b * c * 2],
        steps,
        f"x == {a} - {b} * {c} * {c}",
        "Powers, then times, then minus.",
    )


def integers_in_order(rng: Random, _: int) -> Item:
    return order(
        rising(rng, "numbers"),
        [(str(one), one) for one in rng.sample(range(-30, 20), 4)],
        "The farther left on the number line, the smaller.",
    )


def temperature_gap(rng: Random, _: int) -> Item:
    low, high = -rng.randint(2, 20), rng.randint(1, 20)
    prompt = rng.choice(
        [
            f"At night it is {low} degrees, at noon {high} degrees. By how many degrees did it get warmer?",
            f"How far apart are {low} and {high} on the number line?",
        ]
    )
    steps = [f"From {low} to 0 are {-low}, from 0 to {high} are {high}.", f"{-low} + {high} = {high - low}."]
    return number(
        prompt, high - low, [high + low, -low, low - high], steps, f"{low} + x == {high}", "Go to zero first."
    )


def signed_gap(rng: Random, _: int) -> Item:
    a, b = rng.randint(-12, 12), rng.choice([-1, 1]) * rng.randint(3, 15)
    steps = [f"From {a} to {a + b} you go {abs(b)} to the {'right' if b > 0 else 'left'}.", f"So the gap is {b}."]
    return fill(
        f"{a} + ___ = {a + b}",
        b,
        [-b, 2 * a + b, b + 1],
        steps,
        f"{a} + x == {a + b}",
        "Is the result larger or smaller than the start?",
    )


INTEGERS = SkillPlan(
    "integers", "Integers", 6, (add_signed, order_of_operations, temperature_gap), (subtract_signed, multiply_signed, order_of_operations, signed_gap),
    (bracketed_powers, subtract_signed, integers_in_order),
)  # fmt: skip
