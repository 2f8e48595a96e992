"""Geometry."""

from random import Random

from viral_engine.learning.bank.math.items import Item, SkillPlan, fill, name, number, order

TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29))


# -- Geometry -------------------------------------------------------------------------------------
def rectangle_area(rng: Random, scale: int) -> Item:
    w, h = rng.sample(range(3, 8 * scale + 4), 2)
    what = rng.choice(["rectangle", "poster", "lawn", "floor", "table top"])
    unit = rng.choice(["cm", "m"]) if what == "rectangle" else "m" if what in {"lawn", "floor"} else "cm"
    prompt = f"A {what} is {w} {unit} long and {h} {unit} wide. What is its area in square {'meters' if unit == 'm' else 'centimeters'}?"
    steps = [f"It holds {h} rows of {w} unit squares.", f"{w} * {h} = {w * h}."]
    return number(
        prompt,
        w * h,
        [2 * (w + h), w + h, w * h + w],
        steps,
        f"x == {w} * {h}",
        "How many squares fit into one row? How many rows are there?",
    )


def perimeter(rng: Random, scale: int) -> Item:
    w, h = rng.sample(range(3, 10 * scale + 4), 2)
    prompt = rng.choice(
        [
            f"A garden is {w} m long and {h} m wide. How many meters of fence go around it?",
            f"{name(rng)} walks once around a field of {w} m by {h} m. How many meters is that?",
            f"How long is the edge of a {w} cm by {h} cm picture, all around, in cm?",
        ]
    )
    steps = [f"Two sides of {w} and two of {h}.", f"2 * {w} + 2 * {h} = {2 * (w + h)}."]
    return number(prompt, 2 * (w + h), [w + h, w * h, 2 * w + h], steps, f"x == 2*{w} + 2*{h}", "Add all four sides.")


def missing_side(rng: Random, _: int) -> Item:
    w, h = rng.randint(3, 12), rng.randint(3, 15)
    prompt = f"A rectangle has an area of {w * h} square cm. One side is {w} cm long. The other side is ___ cm long."
    steps = [f"{w} times the other side makes {w * h}.", f"{w * h} / {w} = {h}."]
    return fill(
        prompt,
        h,
        [w * h - w, h + 2, w],
        steps,
        f"{w} * x == {w * h}",
        "Which number fits into the formula of the area?",
    )


def triangle_angle(rng: Random, _: int) -> Item:
    a, b = rng.randint(25, 80), rng.randint(25, 80)
    third = 180 - a - b
    prompt = rng.choice(
        [
            f"Two angles of a triangle are {a} and {b} degrees. How many degrees is the third?",
            f"{name(rng)} draws a triangle with angles of {a} and {b} degrees. How large is the third, in degrees?",
        ]
    )
    steps = ["The three angles add up to 180 degrees.", f"180 - {a} - {b} = {third}."]
    return number(
        prompt, third, [a + b, 360 - a - b, third + 10], steps, f"x + {a} + {b} == 180", "What do all three add up to?"
    )


def triangle_area(rng: Random, scale: int) -> Item:
    b, h = 2 * rng.randint(2, 5 * scale), rng.randint(3, 12)
    what = rng.choice(["triangle", "sail", "flag in the shape of a triangle"])
    prompt = f"A {what} has a base of {b} cm and a height of {h} cm. What is its area in square centimeters?"
    steps = [
        f"A rectangle of {b} by {h} has the area {b * h}.",
        f"The triangle is half of it: {b * h} / 2 = {b * h // 2}.",
    ]
    return number(
        prompt,
        b * h // 2,
        [b * h, b + h, 2 * b * h],
        steps,
        f"2 * x == {b} * {h}",
        "Two such triangles make a rectangle or a parallelogram.",
    )


def cuboid(rng: Random, scale: int) -> Item:
    a, b, c = rng.sample(range(2, 5 + 2 * scale), 3)
    what = rng.choice(["box", "fish tank", "crate", "drawer"])
    prompt = f"A {what} measures {a} cm by {b} cm by {c} cm. What is its volume in cubic centimeters?"
    steps = [f"One layer has {a} * {b} = {a * b} cubes.", f"{c} layers: {a * b} * {c} = {a * b * c}."]
    return number(
        prompt,
        a * b * c,
        [a + b + c, 2 * (a * b + b * c + a * c), a * b + c],
        steps,
        f"x == {a} * {b} * {c}",
        "How many small cubes fit into the bottom layer?",
    )


def pythagoras(rng: Random, scale: int) -> Item:
    a, b, c = rng.choice(TRIPLES)
    k = rng.randint(1, 2 * scale)
    a, b, c = a * k, b * k, c * k
    prompt = rng.choice(
        [
            f"The short sides of a right triangle are {a} cm and {b} cm. How long is the longest side, in cm?",
            f"{name(rng)} walks {a} m east and then {b} m north. How many meters away is the start, straight?",
        ]
    )
    steps = [f"{a}^2 + {b}^2 = {a * a} + {b * b} = {c * c}.", f"{c} * {c} = {c * c}, so the side is {c}."]
    return number(
        prompt,
        c,
        [a + b, c + 1, abs(b - a)],
        steps,
        f"x * x == {a}*{a} + {b}*{b} and x > 0",
        "Squares of the short sides add up to the square of the longest.",
    )


def polygon_angles(rng: Random, _: int) -> Item:
    n, word = rng.choice(
        [
            (5, "pentagon"),
            (6, "hexagon"),
            (7, "polygon with 7 sides"),
            (8, "octagon"),
            (9, "polygon with 9 sides"),
            (10, "decagon"),
            (12, "polygon with 12 sides"),
        ]
    )
    prompt = f"What is the sum of the inner angles of a {word}, in degrees?"
    steps = [
        f"From one corner it splits into {n} - 2 = {n - 2} triangles of 180 degrees.",
        f"{n - 2} * 180 = {(n - 2) * 180}.",
    ]
    return number(
        prompt,
        (n - 2) * 180,
        [n * 180, (n - 1) * 180, 360],
        steps,
        f"x == ({n} - 2) * 180",
        "Cut it into triangles from one corner.",
    )


def areas_in_order(rng: Random, _: int) -> Item:
    pairs = [(rng.randint(3, 12), rng.randint(3, 12)) for _ in range(4)]
    return order(
        "These are areas of rectangles, length times width. Put them in order, the smallest first.",
        [(f"{a} * {b}", a * b) for a, b in pairs],
        "Work out each area.",
    )


GEOMETRY = SkillPlan(
    "geometry", "Geometry", 5, (rectangle_area, perimeter, missing_side), (triangle_angle, triangle_area, cuboid, missing_side),
    (pythagoras, polygon_angles, areas_in_order),
)  # fmt: skip
