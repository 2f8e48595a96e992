"""Algebra: expressions and equations with one unknown."""

from random import Random

from viral_engine.learning.bank.math.items import Item, SkillPlan, choice, name, number, order, rising, signed, thing


# -- Algebra --------------------------------------------------------------------------------------
def one_step(rng: Random, scale: int) -> Item:
    x, a = rng.randint(2, 9 * scale), rng.randint(2, 9)
    kind = rng.randrange(3)
    left, right = [(f"x + {a}", x + a), (f"x - {a}", x - a), (f"{a}x", a * x)][kind]
    back = [
        f"Take {a} from both sides: x = {right} - {a} = {x}.",
        f"Add {a} to both sides: x = {right} + {a} = {x}.",
        f"Divide both sides by {a}: x = {right} / {a} = {x}.",
    ][kind]
    claim = [f"x + {a} == {right}", f"x - {a} == {right}", f"{a} * x == {right}"][kind]
    prompt = rng.choice([f"What is x if {left} = {right}?", f"Solve {left} = {right}."])
    return number(
        prompt,
        x,
        [right + a, right - a, x + 1],
        ["Undo what happens to x, on both sides.", back],
        claim,
        "Which number makes it true?",
    )


def think_of(rng: Random, scale: int) -> Item:
    x, a, b, who = rng.randint(2, 7 * scale), rng.randint(2, 6), rng.randint(1, 9), name(rng)
    total = a * x + b
    prompt = f"{who} thinks of a number, multiplies it by {a} and adds {b}. The result is {total}. Which number is it?"
    steps = [f"Go backwards: {total} - {b} = {total - b}.", f"{total - b} / {a} = {x}."]
    return number(prompt, x, [total - b, x + b, x + 1], steps, f"{a} * x + {b} == {total}", "Undo the last step first.")


def two_step(rng: Random, scale: int) -> Item:
    x, a, b = rng.randint(2, 6 * scale), rng.randint(2, 4 * scale), rng.randint(1, 9)
    total = a * x + b
    steps = [f"Take {b} from both sides: {a}x = {total - b}.", f"Divide both sides by {a}: x = {x}."]
    return number(
        f"Solve {a}x + {b} = {total}.",
        x,
        [x + b, total - b, x - 1],
        steps,
        f"{a} * x + {b} == {total}",
        f"First get rid of the {b}.",
    )


def substitute(rng: Random, scale: int) -> Item:
    x, a, b = rng.randint(2, 5 * scale), rng.randint(2, 6), rng.randint(1, 9)
    value = a * x - b
    steps = [f"{a}x means {a} times x: {a} * {x} = {a * x}.", f"{a * x} - {b} = {value}."]
    return number(
        f"What is {a}x - {b} when x = {x}?",
        value,
        [a * x + b, int(f"{a}{x}") - b, a * (x - b)],
        steps,
        f"x == {a}*{x} - {b}",
        f"Put {x} in the place of x.",
    )


def write_it(rng: Random, _: int) -> Item:
    a, b, what = rng.randint(2, 9), rng.randint(2, 9), thing(rng)
    prompt = rng.choice(
        [
            f"{name(rng)} has {a} bags with x {what} each and {b} single {what}. Which expression counts all {what}?",
            f"A taxi costs ${b} to start and ${a} for each mile. Which expression is the price of x miles, in dollars?",
        ]
    )
    steps = [f"{a} for each x: {a}x.", f"Then {b} more: {a}x + {b}."]
    return choice(
        prompt,
        f"{a}x + {b}",
        [f"{b}x + {a}" if a != b else f"{a}x - {b}", f"{a + b}x", f"{a}x - {b}", f"x + {a + b}"],
        steps,
        f"same {a}*x + {b}",
        "Which number belongs to each x?",
    )


def brackets(rng: Random, _: int) -> Item:
    a, b, c = rng.randint(2, 7), rng.randint(2, 9), rng.randint(2, 6)
    right = f"{a + c}x + {a * b}"
    mistakes = [f"{a + c}x + {b}", f"{a * c}x + {a * b}", f"{a + c}x + {a + b}", f"{a}x + {a * b + c}"]
    steps = [f"{a}(x + {b}) = {a}x + {a * b}.", f"With {c}x: {right}."]
    return choice(
        f"Simplify {a}(x + {b}) + {c}x.",
        right,
        mistakes,
        steps,
        f"same {a}*(x + {b}) + {c}*x",
        f"The {a} multiplies both parts in the brackets.",
    )


def both_sides(rng: Random, scale: int) -> Item:
    x, c, d = rng.randint(2, 4 * scale), rng.randint(2, 5), rng.randint(1, 9)
    a = c + rng.randint(2, 5)
    b = c * x + d - a * x
    steps = [f"Take {c}x from both sides: {a - c}x {signed(b)} = {d}.", f"So {a - c}x = {d - b} and x = {x}."]
    mistakes: list[object] = [x + 2, x - 1, d - b] if b else []
    return number(
        f"Solve {a}x {signed(b)} = {c}x + {d}.",
        x,
        mistakes,
        steps,
        f"{a}*x + {b} == {c}*x + {d}",
        "Bring all x to one side.",
    )


def expressions_in_order(rng: Random, _: int) -> Item:
    x = rng.randint(2, 9)
    rows = [(rng.randint(2, 7), rng.choice([-5, -3, -2, 1, 2, 4, 6, 9])) for _ in range(4)]
    parts = [(f"{a}x {signed(b)}", a * x + b) for a, b in rows]
    return order(f"Let x = {x}. {rising(rng, 'expressions')}", parts, f"Put {x} in the place of x.", x=x)


ALGEBRA = SkillPlan(
    "algebra", "Algebra", 6, (one_step, substitute, think_of), (two_step, write_it, brackets, think_of),
    (both_sides, expressions_in_order, two_step),
)  # fmt: skip
