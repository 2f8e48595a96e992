"""Mathematics from parametric templates with a fixed seed.

A template takes (random, scale), where scale is 1 easy, 2 medium or 3 hard. It returns a prompt, the right answer,
wrong answers from typical mistakes, and an explanation.
"""

import math
import random
from collections.abc import Callable
from fractions import Fraction

Item = tuple[str, str, list[str], str]
Template = Callable[[random.Random, int], tuple[str, object, list[object], str]]

SKILLS = {
    "algebra": "Algebra",
    "geometry": "Geometry",
    "fractions": "Fractions",
    "percentages": "Percentages",
    "integers": "Integers",
}
FIRST_GRADES = {"algebra": 6, "geometry": 5, "fractions": 4, "percentages": 6, "integers": 6}
SCALES = {"easy": 1, "medium": 2, "hard": 3}
MINUS = "\N{MINUS SIGN}"


def write_skill(slug: str, level: str, count: int) -> list[Item]:
    """`count` different questions of one skill and level; the same ones on every call."""
    rng = random.Random(f"{slug}/{level}/2026")  # noqa: S311  (the bank must repeat, not be secret)
    scale = SCALES[level]
    templates = TEMPLATES[slug][level]
    items: dict[str, Item] = {}
    while len(items) < count:
        prompt, answer, mistakes, explanation = templates[len(items) % len(templates)](rng, scale)
        wrong = _three_wrong(answer, mistakes)
        if prompt not in items and wrong:
            items[prompt] = (prompt, _text(answer), wrong, explanation)
    return list(items.values())


def _text(value: object) -> str:
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return str(value).replace("-", MINUS)


def _three_wrong(answer: object, mistakes: list[object]) -> list[str]:
    """Three different wrong choices, or none when the random numbers make two mistakes equal."""
    wrong = list(dict.fromkeys(_text(mistake) for mistake in mistakes if _text(mistake) != _text(answer)))
    return wrong[:3] if len(wrong) >= 3 else []  # noqa: PLR2004


def _signed(number: int) -> str:
    return f"+ {number}" if number >= 0 else f"{MINUS} {-number}"


# -- Algebra --------------------------------------------------------------------------------------
def one_step(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    x, a = rng.randint(2, 9 * scale), rng.randint(2, 9)
    prompt = f"What is x if x + {a} = {x + a}?"
    return prompt, x, [x + 2 * a, x + a, x - a, x + 1], f"Take {a} from both sides: x = {x + a} {MINUS} {a} = {x}."


def two_step(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    x, a, b = rng.randint(2, 6 * scale), rng.randint(2, 4 * scale), rng.randint(1, 9)
    total = a * x + b
    way = f"Take {b} from both sides: {a}x = {total - b}. Divide by {a}: x = {x}."
    return f"Solve {a}x + {b} = {total}.", x, [x + b, total - b, x + 1, x - 1], way


def evaluate(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    x, a, b = rng.randint(2, 5 * scale), rng.randint(2, 6), rng.randint(1, 9)
    value = a * x - b
    way = f"{a} times {x} is {a * x}; {a * x} {MINUS} {b} = {value}."
    return f"What is {a}x {MINUS} {b} when x = {x}?", value, [a * x + b, int(f"{a}{x}") - b, a * (x - b)], way


def both_sides(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    x, c, d = rng.randint(2, 4 * scale), rng.randint(2, 5), rng.randint(1, 9)
    a = c + rng.randint(2, 5)
    b = c * x + d - a * x
    way = f"Take {c}x from both sides: {a - c}x {_signed(b)} = {d}. So {a - c}x = {d - b} and x = {x}."
    mistakes: list[object] = [-x, x + 2, x - 1, d - b] if b else []  # "+ 0" reads badly: draw again
    return f"Solve {a}x {_signed(b)} = {c}x + {d}.", x, mistakes, way


def brackets(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    a, b, c = rng.randint(2, 7), rng.randint(2, 9), rng.randint(2, 6)
    answer = f"{a + c}x + {a * b}"
    wrong: list[object] = [f"{a + c}x + {b}", f"{a * c}x + {a * b}", f"{a + c}x + {a + b}"]
    way = f"{a}(x + {b}) = {a}x + {a * b}; with {c}x that makes {answer}."
    return f"Simplify {a}(x + {b}) + {c}x.", answer, wrong, way


def slope(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    x1, run, m, y1 = rng.randint(0, 4), rng.randint(2, 5), rng.choice([-3, -2, 2, 3, 4]), rng.randint(-3, 6)
    x2, y2 = x1 + run, y1 + m * run
    prompt = f"A line passes through ({x1}, {_text(y1)}) and ({x2}, {_text(y2)}). What is its slope?"
    rise = f"({_text(y2)} {MINUS} {_text(y1)})"
    way = f"Rise over run: {rise} / ({x2} {MINUS} {x1}) = {_text(m * run)} / {run} = {_text(m)}."
    return prompt, m, [-m, Fraction(1, m), m * run, m + 1], way


# -- Geometry -------------------------------------------------------------------------------------
def rectangle_area(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    w, h = rng.sample(range(3, 10 * scale), 2)
    prompt = f"A rectangle is {w} cm long and {h} cm wide. What is its area in square centimeters?"
    return prompt, w * h, [2 * (w + h), w + h, w * h // 2 + 1], f"Area is length times width: {w} x {h} = {w * h}."


def perimeter(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    w, h = rng.sample(range(3, 12 * scale), 2)
    prompt = f"A garden is {w} m long and {h} m wide. How many meters of fence go around it?"
    return (
        prompt,
        2 * (w + h),
        [w + h, w * h, 2 * w + h],
        f"Twice the sum of the sides: 2 x ({w} + {h}) = {2 * (w + h)}.",
    )


def triangle_angle(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    a, b = rng.randint(25, 80), rng.randint(25, 80)
    prompt = f"Two angles of a triangle are {a} and {b} degrees. How many degrees is the third?"
    third = 180 - a - b
    return (
        prompt,
        third,
        [a + b, 360 - a - b, abs(90 - a), third + 10],
        f"The three add up to 180: 180 {MINUS} {a} {MINUS} {b} = {third}.",
    )


def triangle_area(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    b, h = 2 * rng.randint(2, 6 * scale), rng.randint(3, 9)
    prompt = f"A triangle has a base of {b} cm and a height of {h} cm. What is its area in square centimeters?"
    return prompt, b * h // 2, [b * h, b + h, 2 * b * h], f"Half of base times height: {b} x {h} / 2 = {b * h // 2}."


def pythagoras(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    a, b, c = rng.choice([(3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29)])
    k = rng.randint(1, 2 * scale)
    a, b, c = a * k, b * k, c * k
    prompt = f"The short sides of a right triangle are {a} cm and {b} cm. How long is the longest side, in cm?"
    way = f"{a} squared + {b} squared = {a * a} + {b * b} = {c * c}, the square of {c}."
    return prompt, c, [a + b, c + 1, c * c, b + 1], way


def cuboid(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    a, b, c = rng.sample(range(2, 5 + 2 * scale), 3)
    prompt = f"A box measures {a} cm by {b} cm by {c} cm. What is its volume in cubic centimeters?"
    wrong: list[object] = [a + b + c, 2 * (a * b + b * c + a * c), a * b + c]
    return prompt, a * b * c, wrong, f"Multiply all three: {a} x {b} x {c} = {a * b * c}."


def polygon_angles(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    n = rng.choice([5, 6, 7, 8, 9, 10, 11, 12])
    prompt = f"What is the sum of the interior angles of a polygon with {n} sides, in degrees?"
    way = f"It splits into {n} {MINUS} 2 = {n - 2} triangles: {n - 2} x 180 = {(n - 2) * 180}."
    return prompt, (n - 2) * 180, [n * 180, (n - 1) * 180, 360, (n - 3) * 180], way


# -- Fractions ------------------------------------------------------------------------------------
def add_like(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    d = rng.choice([5, 7, 8, 9, 11])
    a, b = rng.sample(range(1, d - 1), 2)
    total = Fraction(a + b, d)
    way = f"The denominator stays: {a} + {b} = {a + b}, so {a + b}/{d}" + (
        "." if str(total) == f"{a + b}/{d}" else f" = {_text(total)}."
    )
    return (
        f"What is {a}/{d} + {b}/{d}?",
        total,
        [Fraction(a + b, 2 * d), Fraction(a * b, d), Fraction(abs(a - b), d)],
        way,
    )


def simplify(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    value = Fraction(rng.randint(1, 7), rng.randint(8, 11))
    k = rng.randint(2, 4 * scale)
    n, d = value.numerator * k, value.denominator * k
    wrong: list[object] = [
        f"{value.numerator + 1}/{value.denominator}",
        f"{value.numerator}/{value.denominator + 1}",
        f"{n}/{value.denominator}",
    ]
    return f"Which fraction is {n}/{d} in simplest form?", value, wrong, f"Divide both by {k}: {n}/{d} = {value}."


def fraction_of(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    d = rng.randint(3, 8)
    n, part = rng.randint(2, d - 1), rng.randint(2, 6 * scale)
    whole = d * part
    prompt = f"What is {n}/{d} of {whole}?"
    return (
        prompt,
        n * part,
        [part, whole - n, whole - n * part, n * part + d],
        f"{whole} / {d} = {part}, and {n} of those make {n * part}.",
    )


def add_unlike(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    b, d = rng.sample(range(2, 6 + scale), 2)
    a, c = rng.randint(1, b - 1), rng.randint(1, d - 1)
    total, common = Fraction(a, b) + Fraction(c, d), math.lcm(b, d)
    way = f"Over {common}: {a * common // b}/{common} + {c * common // d}/{common} = {_text(total)}."
    return (
        f"What is {a}/{b} + {c}/{d}?",
        total,
        [Fraction(a + c, b + d), Fraction(a + c, common), Fraction(a * c, b * d)],
        way,
    )


def multiply(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    b, d = rng.randint(3, 6 + scale), rng.randint(3, 6 + scale)
    a, c = rng.randint(1, b - 1), rng.randint(1, d - 1)
    product = Fraction(a, b) * Fraction(c, d)
    way = f"Top times top, bottom times bottom: {a * c}/{b * d} = {_text(product)}."
    return (
        f"What is {a}/{b} x {c}/{d}?",
        product,
        [Fraction(a + c, b + d), Fraction(a * d, b * c), Fraction(a * c, b + d)],
        way,
    )


def divide(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    b, d = rng.randint(3, 6 + scale), rng.randint(3, 6 + scale)
    a, c = rng.randint(1, b - 1), rng.randint(1, d - 1)
    quotient = Fraction(a, b) / Fraction(c, d)
    way = f"Multiply by the reciprocal: {a}/{b} x {d}/{c} = {_text(quotient)}."
    return (
        f"What is {a}/{b} divided by {c}/{d}?",
        quotient,
        [Fraction(a * c, b * d), Fraction(b * c, a * d), Fraction(a, b) - Fraction(c, d)],
        way,
    )


# -- Percentages ----------------------------------------------------------------------------------
def percent_of(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    p = rng.choice([10, 20, 25, 50] if scale == 1 else [5, 15, 30, 35, 40, 45, 60, 75, 80])
    whole = 20 * rng.randint(2, 10 * scale)
    value = p * whole // 100
    way = f"{p}% is {p}/100: {p} x {whole} / 100 = {value}."
    return f"What is {p}% of {whole}?", value, [whole - value, p, value * 10, value + 5], way


def to_percent(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    d = rng.choice([4, 5, 10, 20, 25])
    n = rng.randint(1, d - 1)
    value = 100 * n // d
    return (
        f"What is {n}/{d} as a percentage?",
        f"{value}%",
        [f"{n}%", f"{100 - value}%", f"{n * 10}%", f"{value + 5}%"],
        f"{n}/{d} = {value}/100 = {value}%.",
    )


def discount(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    p, price = rng.choice([10, 15, 20, 25, 30, 40]), 20 * rng.randint(2, 8 * scale)
    off = p * price // 100
    prompt = f"A bike helmet costs ${price} and is sold at {p}% off. What is the new price?"
    return (
        prompt,
        f"${price - off}",
        [f"${off}", f"${price - p}", f"${price + off}"],
        f"{p}% of {price} is {off}; {price} {MINUS} {off} = {price - off}.",
    )


def percent_change(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    old, p = 20 * rng.randint(2, 12), rng.choice([5, 10, 15, 20, 25, 30, 50])
    rise = old * p // 100
    new = old + rise
    prompt = f"A plant grows from {old} cm to {new} cm. By what percentage did it grow?"
    way = f"It grew {rise} cm, and {rise} / {old} = {p}%. The change is compared with the old height."
    return prompt, f"{p}%", [f"{rise}%", f"{round(100 * rise / new)}%", f"{p + 10}%", f"{100 - p}%"], way


def reverse_percent(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    whole, p = 20 * rng.randint(2, 15), rng.choice([10, 15, 20, 25, 30, 40, 60])
    part = whole * p // 100
    prompt = f"{part} pupils are {p}% of a school year. How many pupils are in the year?"
    way = f"1% is {part}/{p}, so 100% is {part} x 100 / {p} = {whole}."
    return prompt, whole, [part * p // 100, part + p, whole - part, whole + 20], way


# -- Integers -------------------------------------------------------------------------------------
def add_signed(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    a, b = -rng.randint(2, 10 * scale), rng.randint(2, 10 * scale)
    way = f"Start at {_text(a)} and go {b} to the right: {_text(a + b)}."
    return f"What is {_text(a)} + {b}?", a + b, [-(a + b), b - a, a - b], way


def subtract_signed(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    a, b = rng.randint(-9 * scale, 9), -rng.randint(2, 9 * scale)
    way = f"Taking away {_text(b)} adds {-b}: {_text(a)} + {-b} = {_text(a - b)}."
    return f"What is {_text(a)} {MINUS} ({_text(b)})?", a - b, [a + b, b - a, -a - b - 1], way


def multiply_signed(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    a, b = -rng.randint(2, 5 + 2 * scale), rng.choice([-1, 1]) * rng.randint(2, 9)
    sign = "Two minus signs make a plus" if b < 0 else "One minus sign makes a minus"
    return (
        f"What is {_text(a)} x {_text(b) if b > 0 else f'({_text(b)})'}?",
        a * b,
        [-a * b, a + b, a * b - a],
        f"{sign}: {_text(a * b)}.",
    )


def order_of_operations(rng: random.Random, scale: int) -> tuple[str, object, list[object], str]:
    a, b, c = rng.randint(2, 9 * scale), rng.randint(2, 9), rng.randint(2, 9)
    way = f"Multiply first: {b} x {c} = {b * c}. Then {a} + {b * c} = {a + b * c}."
    return f"What is {a} + {b} x {c}?", a + b * c, [(a + b) * c, a + b + c, a * b + c], way


def bracketed_powers(rng: random.Random, _: int) -> tuple[str, object, list[object], str]:
    a, b, c = rng.randint(2, 9), rng.randint(2, 6), rng.randint(2, 4)
    value = a - b * c**2
    times = b * c * c
    way = (
        f"Power first: {c} squared is {c * c}. Then {b} x {c * c} = {times}, and {a} {MINUS} {times} = {_text(value)}."
    )
    return (
        f"What is {a} {MINUS} {b} x {c}\N{SUPERSCRIPT TWO}?",
        value,
        [a - (b * c) ** 2, (a - b) * c**2, a - b * c * 2, -value],
        way,
    )


TEMPLATES: dict[str, dict[str, list[Template]]] = {
    "algebra": {
        "easy": [one_step, evaluate],
        "medium": [two_step, evaluate, brackets],
        "hard": [both_sides, slope],
    },
    "geometry": {
        "easy": [rectangle_area, perimeter],
        "medium": [triangle_angle, triangle_area, cuboid],
        "hard": [pythagoras, polygon_angles],
    },
    "fractions": {
        "easy": [add_like, simplify],
        "medium": [fraction_of, add_unlike, multiply],
        "hard": [add_unlike, divide],
    },
    "percentages": {
        "easy": [percent_of, to_percent],
        "medium": [percent_of, discount],
        "hard": [percent_change, reverse_percent],
    },
    "integers": {
        "easy": [add_signed, order_of_operations],
        "medium": [subtract_signed, multiply_signed, order_of_operations],
        "hard": [bracketed_powers, subtract_signed],
    },
}
