"""Grade 7: proportions, probability, circles."""

from fractions import Fraction
from random import Random

from viral_engine.learning.bank.math.items import Item, SkillPlan, choice, decimal, fill, name, number, order

COLORS = ("red", "blue", "green", "yellow", "white")
PI = Fraction(314, 100)
USE_PI = "Use 3.14 for pi."


# -- Proportions ----------------------------------------------------------------------------------
def proportional(rng: Random, scale: int) -> Item:
    a, k, c = rng.randint(2, 4 + scale), rng.randint(3, 9), rng.randint(5, 8 + 4 * scale)
    story = rng.choice(
        [
            f"{a} pencils cost ${a * k}. How many dollars do {c} pencils cost?",
            f"A printer makes {a * k} pages in {a} minutes. How many pages does it make in {c} minutes?",
            f"{name(rng)} reads {a * k} pages in {a} hours. How many pages is that in {c} hours?",
            f"{a} buckets hold {a * k} liters. How many liters do {c} buckets hold?",
        ]
    )
    steps = [f"One is worth {a * k} / {a} = {k}.", f"{c} are worth {c} * {k} = {c * k}."]
    return number(
        story, c * k, [a * k + c - a, c * a, c * k - k], steps, f"x / {c} == {a * k}/{a}", "How much belongs to one?"
    )


def scale_drawing(rng: Random, _: int) -> Item:
    k, cm = rng.choice([2, 4, 5, 10, 20, 25, 50]), rng.randint(3, 14)
    thing_, unit = rng.choice([("map", "km"), ("plan of a city", "m"), ("drawing of a ship", "m")])
    prompt = f"On a {thing_}, 1 cm stands for {k} {unit}. How many {unit} are {cm} cm on the {thing_}?"
    steps = [f"Each centimeter stands for {k} {unit}.", f"{cm} * {k} = {cm * k}."]
    return number(
        prompt,
        cm * k,
        [cm + k, cm * k * 10, cm * k + k],
        steps,
        f"x == {cm} * {k}",
        "Multiply by what one centimeter stands for.",
    )


def constant(rng: Random, _: int) -> Item:
    k, x1 = rng.randint(2, 12), rng.randint(2, 9)
    prompt = f"y is proportional to x. When x is {x1}, y is {k * x1}. Then y = ___ * x."
    steps = ["Divide y by x.", f"{k * x1} / {x1} = {k}."]
    return fill(prompt, k, [k * x1, x1, k + 1], steps, f"x * {x1} == {k * x1}", "y divided by x is always the same.")


def solve_proportion(rng: Random, _: int) -> Item:
    a, b, k = rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 8)
    a += a == b
    steps = [f"{b} becomes {b * k}: times {k}.", f"x = {a} * {k} = {a * k}."]
    return number(
        f"Solve x/{b * k} = {a}/{b}.",
        a * k,
        [a + b * k - b, a * b, a * k + a],
        steps,
        f"x / {b * k} == {a}/{b}",
        "By what was the denominator multiplied?",
    )


def more_workers(rng: Random, _: int) -> Item:
    a, b = rng.choice([(2, 3), (3, 4), (4, 6), (2, 5), (6, 9), (4, 5), (3, 2), (6, 4), (5, 2), (8, 6)])
    days = b * rng.randint(2, 6)
    right = a * days // b
    prompt = rng.choice(
        [
            f"{a} painters need {days} days for a house. How many days do {b} painters need at the same pace?",
            f"Food lasts {a} hens for {days} days. How many days does it last {b} hens?",
        ]
    )
    steps = [f"One alone would take {a} * {days} = {a * days} days.", f"{b} share that: {a * days} / {b} = {right}."]
    return number(
        prompt,
        right,
        [Fraction(b * days, a) if b * days % a == 0 else days + b - a, days, days - b if days > b else days + b],
        steps,
        f"x * {b} == {a} * {days}",
        f"Does it take {b} more time or less?",
    )


def rates_in_order(rng: Random, _: int) -> Item:
    rows = [(rng.randint(2, 9), rng.randint(10, 90)) for _ in range(4)]
    return order(
        "Put these trips in order, the slowest first.",
        [(f"{d} km in {t} h", Fraction(d, t)) for t, d in rows],
        "How far is it in one hour?",
    )


# -- Probability ----------------------------------------------------------------------------------
def draw_one(rng: Random, scale: int) -> Item:
    one, two, three = rng.sample(COLORS, 3)
    a, b, c = (rng.randint(2, 5 + scale) for _ in range(3))
    total = a + b + c
    prompt = rng.choice(
        [
            f"A bag holds {a} {one}, {b} {two} and {c} {three} balls. What is the probability of drawing a {one} one?",
            f"{name(rng)} picks one of {a} {one}, {b} {two} and {c} {three} pens without looking. What is the probability that it is {one}?",
        ]
    )
    right = Fraction(a, total)
    steps = [
        f"There are {a} + {b} + {c} = {total} in all.",
        f"{a} of {total} are {one}: {a}/{total}" + ("." if str(right) == f"{a}/{total}" else f" = {right}."),
    ]
    mistakes = [Fraction(a, b + c), Fraction(1, 3), Fraction(b, total), Fraction(1, a), Fraction(c, total)]
    return number(
        prompt, right, mistakes, steps, f"x * {total} == {a}", "How many outcomes are good, and how many are there?"
    )


def not_event(rng: Random, _: int) -> Item:
    d = rng.choice([5, 6, 7, 8, 9, 10, 12, 20])
    n = rng.randint(1, d - 1)
    what = rng.choice(["it rains tomorrow", "the bus is late", "a seed grows", "the team wins", "a player scores"])
    p, rest = Fraction(n, d), Fraction(d - n, d)
    prompt = f"The probability that {what} is {p}. What is the probability that this does not happen?"
    steps = ["Both together are certain: 1.", f"1 - {p} = {rest}."]
    mistakes = [p, Fraction(1, d), Fraction(d, n), Fraction(d - n, d + n)]
    return number(prompt, rest, mistakes, steps, f"x + {p} == 1", "One of the two must happen.")


def die(rng: Random, _: int) -> Item:
    limit, word = rng.randint(2, 5), rng.choice(["more than", "at most", "less than"])
    sides = rng.choice([6, 8, 10, 12])
    good = {"more than": sides - limit, "at most": limit, "less than": limit - 1}[word]
    right = Fraction(good, sides)
    prompt = (
        f"A fair die has {sides} sides, numbered from 1. What is the probability of a number that is {word} {limit}?"
    )
    steps = [
        f"{good} of the {sides} numbers are {word} {limit}.",
        f"The probability is {good}/{sides}" + ("." if str(right) == f"{good}/{sides}" else f" = {right}."),
    ]
    mistakes = [1 - right, Fraction(good + 1, sides), Fraction(limit, sides), Fraction(1, sides)]
    return number(prompt, right, mistakes, steps, f"x == {good}/{sides}", "List the numbers that fit.")


def expected(rng: Random, _: int) -> Item:
    d = rng.choice([2, 3, 4, 5, 6, 8, 10])
    n, times = rng.randint(1, d - 1), d * rng.randint(4, 25)
    right = n * times // d
    prompt = rng.choice(
        [
            f"A spinner lands on blue with probability {Fraction(n, d)}. How often do you expect blue in {times} spins?",
            f"A machine works with probability {Fraction(n, d)} at each try. In how many of {times} tries do you expect it to work?",
        ]
    )
    steps = [f"Expect {Fraction(n, d)} of all tries.", f"{Fraction(n, d)} * {times} = {right}."]
    return number(
        prompt,
        right,
        [times - right, times // d, right + d],
        steps,
        f"x == {n}/{d} * {times}",
        "Take that fraction of the number of tries.",
    )


def two_events(rng: Random, _: int) -> Item:
    (a, b), (c, d) = ((rng.randint(1, n - 1), n) for n in (rng.randint(2, 6), rng.randint(2, 6)))
    p, q = Fraction(a, b), Fraction(c, d)
    prompt = f"Two spinners are spun. The first shows a star with probability {p}, the second with probability {q}. What is the probability of two stars?"
    steps = [
        f"In {p} of all spins the first shows a star, and in {q} of these so does the second.",
        f"{p} * {q} = {p * q}.",
    ]
    return number(
        prompt,
        p * q,
        [p + q, abs(p - q), (p + q) / 2, p * q / 2],
        steps,
        f"x == {p} * {q}",
        "Take a fraction of a fraction.",
    )


def chances_in_order(rng: Random, _: int) -> Item:
    rows = [(rng.randint(1, 9), rng.randint(1, 9)) for _ in range(4)]
    parts = [(f"{a} of {a + b}", Fraction(a, a + b)) for a, b in rows]
    prompt = rng.choice(
        [
            "Four bags hold red balls, for example 3 of 8. Put the chances of drawing red in order, the smallest first.",
            "Sort these chances to win from worst to best.",
        ]
    )
    return order(prompt, parts, "Compare each with one half.")


# -- Circles --------------------------------------------------------------------------------------
def diameter(rng: Random, _: int) -> Item:
    r = rng.randint(2, 40)
    what = rng.choice(["circle", "wheel", "plate", "coin", "round table"])
    if rng.random() < 0.5:
        return fill(
            f"A {what} has a radius of {r} cm. Its diameter is ___ cm.",
            2 * r,
            [r, 3 * r, Fraction(r, 2)],
            ["The diameter is twice the radius.", f"2 * {r} = {2 * r}."],
            f"x == 2 * {r}",
            "The diameter goes all the way across.",
        )
    return fill(
        f"A {what} has a diameter of {2 * r} cm. Its radius is ___ cm.",
        r,
        [4 * r, 3 * r, 2 * r],
        ["The radius is half of the diameter.", f"{2 * r} / 2 = {r}."],
        f"2 * x == {2 * r}",
        "The radius goes from the middle to the edge.",
    )


def circumference(rng: Random, scale: int) -> Item:
    d = rng.randint(2, 10 * scale + 5) * (1 if scale == 1 else 2)
    what = rng.choice(["wheel", "pond", "plate", "clock", "round track"])
    given = f"a diameter of {d} m" if scale == 1 else f"a radius of {d // 2} m"
    prompt = f"A {what} has {given}. How many meters is it around? {USE_PI}"
    steps = ["Around a circle is pi times the diameter.", f"3.14 * {d} = {decimal(PI * d)}."]
    mistakes = [decimal(PI * d / 2), decimal(PI * d * 2), decimal(PI * d * d / 4), decimal(Fraction(d * 3))]
    return number(
        prompt, decimal(PI * d), mistakes, steps, f"x == 314/100 * {d}", "It is a little more than three times across."
    )


def circle_area(rng: Random, scale: int) -> Item:
    r = rng.randint(2, 6 + 2 * scale)
    what = rng.choice(["round rug", "pizza", "pond", "circle", "round window"])
    given = f"a radius of {r}" if scale < 3 else f"a diameter of {2 * r}"
    prompt = f"A {what} has {given} dm. What is its area in square dm? {USE_PI}"
    steps = [
        f"The area is pi times the square of the radius: {r}^2 = {r * r}.",
        f"3.14 * {r * r} = {decimal(PI * r * r)}.",
    ]
    mistakes = [decimal(PI * 2 * r), decimal(PI * 4 * r * r), decimal(PI * r), decimal(Fraction(3 * r * r + 1))]
    return number(prompt, decimal(PI * r * r), mistakes, steps, f"x == 314/100 * {r} * {r}", "Square the radius first.")


def turns(rng: Random, _: int) -> Item:
    d, times = rng.randint(1, 9), 10 * rng.randint(1, 10)
    prompt = f"A wheel with a diameter of {d} m rolls {decimal(PI * d * times)} m. How many full turns does it make? {USE_PI}"
    steps = [
        f"One turn rolls 3.14 * {d} = {decimal(PI * d)} m.",
        f"{decimal(PI * d * times)} / {decimal(PI * d)} = {times}.",
    ]
    return number(
        prompt,
        times,
        [times * 2, times * d if d > 1 else times + 5, times // 2],
        steps,
        f"x * {d} * 314/100 == {PI * d * times}",
        "How far does it roll in one turn?",
    )


def pi_terms(rng: Random, scale: int) -> Item:
    r, is_area = rng.randint(3, 9 + scale), rng.random() < 0.5
    right = r * r if is_area else 2 * r
    word = "area" if is_area else "circumference"
    prompt = f"The radius of a circle is {r}. Its {word} is how many times pi?"
    steps = [f"The {word} is {'pi * r^2' if is_area else '2 * pi * r'}.", f"With r = {r} that is {right} * pi."]
    return choice(
        prompt,
        right,
        [2 * r if is_area else r * r, r, 4 * r],
        steps,
        f"x == {f'{r} * {r}' if is_area else f'2 * {r}'}",
        "Which formula has the square?",
    )


def half_disc(rng: Random, _: int) -> Item:
    r, (part, word) = 2 * rng.randint(1, 8), rng.choice([(2, "half"), (4, "quarter")])
    area = PI * r * r / part
    prompt = f"A fan has the shape of a {word} circle with a radius of {r} cm. What is its area in square cm? {USE_PI}"
    steps = [
        f"The whole circle has 3.14 * {r * r} = {decimal(PI * r * r)}.",
        f"A {word}: {decimal(PI * r * r)} / {part} = {decimal(area)}.",
    ]
    return number(
        prompt,
        decimal(area),
        [decimal(PI * r * r), decimal(area * 2) if part == 4 else decimal(area / 2), decimal(PI * r)],
        steps,
        f"x * {part} == 314/100 * {r} * {r}",
        "Find the area of the whole circle first.",
    )


SKILLS = (
    SkillPlan(
        "proportions", "Proportions", 7, (proportional, scale_drawing), (constant, solve_proportion, proportional), (more_workers, rates_in_order, solve_proportion),
    ),
    SkillPlan(
        "probability", "Probability", 7, (draw_one, die), (not_event, expected, draw_one), (two_events, chances_in_order, expected),
    ),
    SkillPlan(
        "circles", "Circles", 7, (diameter, circumference), (circumference, circle_area, pi_terms), (circle_area, turns, half_disc),
    ),
)  # fmt: skip
