"""Grade 10: quadratic equations, polynomials."""

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
    term,
)


def two_roots(rng: Random) -> tuple[int, int]:
    low, high = sorted(rng.sample([one for one in range(-9, 10) if one], 2))
    return (low, high) if low + high else (low, high + 1 if high != -1 else 3)


def quadratic(low: int, high: int) -> str:
    return f"x^2 {middle(-(low + high))}{signed(low * high)}"


def middle(factor: int) -> str:
    return "" if factor == 0 else f"{'+' if factor > 0 else '-'} {term(abs(factor))} "


# -- Quadratic equations --------------------------------------------------------------------------
def larger_root(rng: Random, _: int) -> Item:
    low, high = two_roots(rng)
    steps = [
        f"x^2 {middle(-(low + high))}{signed(low * high)} = (x {signed(-low)})(x {signed(-high)}).",
        f"It is 0 for x = {low} and x = {high}. The larger one is {high}.",
    ]
    claim = f"x*x - ({low + high})*x + ({low * high}) == 0 and x > ({low + high}) / 2"
    hint = f"Two numbers add up to {say(low + high)} and multiply to {say(low * high)}."
    return number(
        f"What is the larger solution of {quadratic(low, high)} = 0?",
        high,
        [low, -low, -high, low + high],
        steps,
        claim,
        hint,
    )


def factored_root(rng: Random, _: int) -> Item:
    low, high = two_roots(rng)
    steps = ["A product is 0 when one factor is 0.", f"x = {low} or x = {high}. The smaller one is {low}."]
    claim = f"(x - ({low})) * (x - ({high})) == 0 and x < ({low + high}) / 2"
    return number(
        f"What is the smaller solution of (x {signed(-low)})(x {signed(-high)}) = 0?",
        low,
        [high, -low, -high, low * high],
        steps,
        claim,
        "When is each factor 0?",
    )


def square_equation(rng: Random, _: int) -> Item:
    r, k, b = rng.randint(2, 12), rng.randint(1, 4), rng.randint(1, 20)
    total = k * r * r + b
    first = "x^2" if k == 1 else f"{k}x^2"
    steps = [f"{first} = {total - b}" + (f", so x^2 = {r * r}." if k > 1 else "."), f"The positive solution is {r}."]
    return number(
        f"What is the positive solution of {first} + {b} = {total}?",
        r,
        [r * r, total - b, r + 1],
        steps,
        f"{k}*x*x + {b} == {total} and x > 0",
        "Get x^2 alone on one side.",
    )


def vertex(rng: Random, _: int) -> Item:
    h, k = rng.randint(-6, 6), rng.randint(-9, 9)
    b, c = -2 * h, h * h + k
    formula = f"x^2 {middle(b)}{signed(c)}" if c else f"x^2 {middle(b)}"
    steps = [f"The lowest point lies halfway between equal values, at x = {-b}/2 = {h}.", f"There y = {k}."]
    claim = f"x == -({b}) / 2"
    return number(
        f"At which x is y = {formula.strip()} smallest?",
        h,
        [b or 1, -h if h else 2, c if c != h else c + 1],
        steps,
        claim,
        "Halve the number in front of x and change its sign.",
    )


def count_roots(rng: Random, _: int) -> Item:
    b, c = rng.randint(-8, 8), rng.randint(-9, 18)
    if rng.random() < 0.35:
        half = rng.choice([-4, -3, -2, 2, 3, 4])
        b, c = 2 * half, half * half
    inside = b * b - 4 * c
    right = "two" if inside > 0 else "one" if inside == 0 else "none"
    values = {"two": 2, "one": 1, "none": 0, "three": 3}
    steps = [
        f"Look at b^2 - 4c: {b * b} - 4 * ({c}) = {inside}.",
        f"It is {'positive' if inside > 0 else 'zero' if inside == 0 else 'negative'}, so the number of solutions is {right}.",
    ]
    prompt = f"How many solutions has x^2 {middle(b)}{signed(c)} = 0?"
    return choice(
        prompt,
        right,
        list(values) if c and b else [],
        steps,
        f"x == 1 + sign(({b})*({b}) - 4*({c}))",
        "The sign of b^2 - 4c decides.",
        values,
    )


def garden(rng: Random, _: int) -> Item:
    w, gap = rng.randint(3, 12), rng.randint(1, 8)
    what = rng.choice(["garden", "room", "poster", "field", "screen"])
    prompt = (
        f"A {what} is {gap} m longer than it is wide. Its area is {w * (w + gap)} square m. How many meters wide is it?"
    )
    steps = [f"x(x + {gap}) = {w * (w + gap)}.", f"{w} * {w + gap} = {w * (w + gap)}, so x = {w}."]
    return number(
        prompt,
        w,
        [w + gap, w * (w + gap) // 2, w + 1],
        steps,
        f"x * (x + {gap}) == {w * (w + gap)} and x > 0",
        "Which two numbers with this difference multiply to the area?",
    )


def root_sum(rng: Random, _: int) -> Item:
    low, high = two_roots(rng)
    steps = [
        f"The solutions are {low} and {high}.",
        f"Their sum is {low + high}: the number in front of x with the other sign.",
    ]
    prompt = f"The two solutions of {quadratic(low, high)} = 0 add up to ___"
    return fill(
        prompt,
        low + high,
        [-(low + high), low * high, high - low],
        steps,
        f"x == {low} + ({high})",
        "You need not find both.",
    )


def values_in_order(rng: Random, _: int) -> Item:
    x = rng.choice([-4, -3, -2, 2, 3, 4, 5])
    rows = [(rng.choice([-6, -4, -3, -2, 2, 3, 5]), rng.choice([-7, -5, -1, 2, 4, 8])) for _ in range(4)]
    parts = [(f"x^2 {middle(b)}{signed(c)}", x * x + b * x + c) for b, c in rows]
    return order(
        f"Let x = {say(x)}. {rising(rng, 'expressions')}", parts, "All have the same square: compare the rest.", x=x
    )


# -- Polynomials ----------------------------------------------------------------------------------
def expand(rng: Random, scale: int) -> Item:
    a, b = rng.randint(1, 4 + scale), rng.choice([-1, 1]) * rng.randint(1, 6)
    b += (a + b == 0) * 7
    right = f"x^2 {middle(a + b)}{signed(a * b)}"
    mistakes = [
        f"x^2 {signed(a * b)}",
        f"x^2 {middle(a * b)}{signed(a + b)}",
        f"x^2 {middle(a + b)}{signed(a + b)}",
        f"x^2 {middle(-(a + b))}{signed(a * b)}",
    ]
    steps = [f"x * x = x^2, x times {b} and {a} times x make {term(a + b)}.", f"{a} * ({b}) = {a * b}."]
    return choice(
        f"Expand (x + {a})(x {signed(b)}).",
        right,
        mistakes,
        steps,
        f"same (x + {a}) * (x + ({b}))",
        "Each part of one bracket meets each part of the other.",
    )


def combine(rng: Random, _: int) -> Item:
    a, b, c, d = rng.randint(2, 9), rng.randint(1, 9), rng.randint(2, 9), rng.randint(1, 9)
    right = f"{a + c}x^2 + {b + d}x"
    mistakes = [
        f"{a + b + c + d}x^2",
        f"{a * c}x^2 + {b * d}x" if (a * c, b * d) != (a + c, b + d) else f"{a + c}x^2 + {b}x",
        f"{a + d}x^2 + {b + c}x",
        f"{a + c}x^2 + {b + d + 1}x",
    ]
    steps = ["Only like terms add up.", f"{a}x^2 + {c}x^2 = {a + c}x^2 and {b}x + {d}x = {b + d}x."]
    return choice(
        f"Simplify {a}x^2 + {b}x + {c}x^2 + {d}x.",
        right,
        mistakes,
        steps,
        f"same {a}*x**2 + {b}*x + {c}*x**2 + {d}*x",
        "x and x^2 are different things, like apples and pears.",
    )


def square_binomial(rng: Random, scale: int) -> Item:
    a = rng.choice([-1, 1]) * rng.randint(2, 5 + scale)
    right = f"x^2 {middle(2 * a)}{signed(a * a)}"
    mistakes = [
        f"x^2 {signed(a * a)}",
        f"x^2 {middle(a)}{signed(a * a)}",
        f"x^2 {middle(-2 * a)}{signed(a * a)}",
        f"x^2 {middle(2 * a)}{signed(2 * a)}",
    ]
    steps = [
        f"(x {signed(a)})(x {signed(a)}): the middle terms are twice {term(a)}.",
        f"{a} * {a if a > 0 else f'({a})'} = {a * a}.",
    ]
    return choice(
        f"Expand (x {signed(a)})^2.",
        right,
        mistakes,
        steps,
        f"same (x + ({a})) * (x + ({a}))",
        "Write it as a product of two brackets.",
    )


def common_part(rng: Random, _: int) -> Item:
    a, b, c = rng.randint(2, 9), rng.randint(1, 5), rng.randint(1, 9)
    steps = [f"{a} divides both numbers, and x both terms.", f"{a}x * ({b if b > 1 else ''}x + {c}) gives it back."]
    prompt = f"{a * b}x^2 + {a * c}x = {a}x({b if b > 1 else ''}x + ___)"
    return fill(
        prompt, c, [a * c, b if b != c else b + 2, a + c], steps, f"{a * c} == {a} * x", "Multiply out, and compare."
    )


def value_at(rng: Random, scale: int) -> Item:
    a, b, c, x = (
        rng.randint(1, 2 + scale),
        rng.choice([-1, 1]) * rng.randint(1, 6),
        rng.randint(-9, 9),
        rng.randint(-4, 5),
    )
    value = a * x * x + b * x + c
    first = "x^2" if a == 1 else f"{a}x^2"
    prompt = rng.choice(
        [
            f"What is {first} {middle(b)}{signed(c)} when x is {say(x)}?",
            f"{name(rng)} puts x = {say(x)} into {first} {middle(b)}{signed(c)}. What is the value?",
        ]
    )
    steps = [f"x^2 = {x * x}, so the first part is {a * x * x}.", f"{a * x * x} {signed(b * x)} {signed(c)} = {value}."]
    return number(
        prompt,
        value,
        [a * x * x - b * x + c, (a * x) ** 2 + b * x + c, value + 2 * x if x else value + 1],
        steps,
        f"x == {a}*({x})*({x}) + ({b})*({x}) + ({c})",
        "Square first.",
    )


def difference_of_squares(rng: Random, _: int) -> Item:
    n, d = 10 * rng.randint(2, 10), rng.randint(1, 5)
    value = n * n - d * d
    steps = [f"(a + b)(a - b) = a^2 - b^2 with a = {n} and b = {d}.", f"{n * n} - {d * d} = {value}."]
    return number(
        f"Use (a + b)(a - b): what is {n + d} * {n - d}?",
        value,
        [n * n + d * d, n * n, n * n - 2 * d * n],
        steps,
        f"x == {n + d} * {n - d}",
        f"Both are {d} away from {n}.",
    )


def remainder(rng: Random, _: int) -> Item:
    a, r = rng.randint(1, 5), rng.choice([-3, -2, -1, 1, 2, 3])
    b = rng.randint(-6, 6)
    value = r**3 + a * r + b
    prompt = f"Dividing x^3 + {term(a)} {signed(b)} by (x {signed(-r)}) leaves the remainder ___"
    steps = [f"The remainder is the value at x = {r}.", f"{r**3} {signed(a * r)} {signed(b)} = {value}."]
    return fill(
        prompt,
        value,
        [b if b != value else b + 1, -value if value else 2, value + 2 * r],
        steps,
        f"x == ({r})**3 + {a}*({r}) + ({b})",
        "Put in the number that makes the divisor 0.",
    )


def coefficients(rng: Random, _: int) -> Item:
    a, b, c = rng.randint(2, 6), rng.choice([-1, 1]) * rng.randint(1, 7), rng.randint(2, 6)
    d = rng.choice([-1, 1]) * rng.randint(1, 7)
    right = a * d + b * c
    steps = [
        f"{term(a)} times {d} gives {a * d}x; {b} times {term(c)} gives {b * c}x.",
        f"{a * d} {signed(b * c)} = {right}.",
    ]
    claim = f"x == {a}*({d}) + ({b})*{c}"
    return number(
        f"Which number stands in front of x when ({a}x {signed(b)})({c}x {signed(d)}) is expanded?",
        right,
        [a * c, b * d, a * d - b * c],
        steps,
        claim,
        "Only two of the four products have a single x.",
    )


def polynomials_in_order(rng: Random, _: int) -> Item:
    x = rng.choice([-3, -2, 2, 3, 4])
    rows = [(rng.randint(2, 4), rng.choice([-5, -4, -2, 2, 3, 6]), rng.choice([-9, -4, 1, 3, 7])) for _ in range(4)]
    parts = [(f"{a}x^2 {middle(b)}{signed(c)}", a * x * x + b * x + c) for a, b, c in rows]
    return order(f"Let x = {say(x)}. {rising(rng, 'polynomials')}", parts, "Square first, then multiply.", x=x)


SKILLS = (
    SkillPlan(
        "quadratics", "Quadratic equations", 10, (factored_root, square_equation), (larger_root, vertex, root_sum, garden),
        (count_roots, larger_root, garden, values_in_order),
    ),
    SkillPlan(
        "polynomials", "Polynomials", 10, (combine, value_at), (expand, common_part, square_binomial, value_at),
        (difference_of_squares, remainder, coefficients, polynomials_in_order),
    ),
)  # fmt: skip
