"""Grade 9: lines, systems of equations, inequalities."""

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
    say,
    signed,
    term,
    two_names,
)


# -- Lines ----------------------------------------------------------------------------------------
def slope(rng: Random, _: int) -> Item:
    x1, run, m, y1 = rng.randint(-4, 4), rng.randint(1, 5), rng.choice([-4, -3, -2, -1, 1, 2, 3, 4]), rng.randint(-3, 6)
    x2, y2 = x1 + run, y1 + m * run
    prompt = f"A line passes through ({say(x1)}, {say(y1)}) and ({say(x2)}, {say(y2)}). What is its slope?"
    steps = [
        f"Rise: {y2} - ({y1}) = {m * run}. Run: {x2} - ({x1}) = {run}.",
        f"Rise over run: {m * run} / {run} = {m}.",
    ]
    return number(
        prompt,
        m,
        [-m, m * run if run > 1 else m + 2, m + 1],
        steps,
        f"x * ({x2} - ({x1})) == {y2} - ({y1})",
        "How much does y change while x grows?",
    )


def intercept(rng: Random, _: int) -> Item:
    m, b = rng.choice([-5, -4, -3, -2, 2, 3, 4, 5]), rng.choice([-1, 1]) * rng.randint(1, 9)
    steps = ["On the y-axis, x is 0.", f"{m} * 0 {signed(b)} = {b}."]
    return fill(
        f"The line y = {m}x {signed(b)} meets the y-axis at y = ___",
        b,
        [m, -b, m + b],
        steps,
        f"x == {m}*0 + {b}",
        "Put 0 in the place of x.",
    )


def point_on(rng: Random, scale: int) -> Item:
    m, b, x = rng.choice([-3, -2, 2, 3, 4]), rng.choice([-1, 1]) * rng.randint(1, 9), rng.randint(-3 * scale, 3 * scale)
    y = m * x + b
    steps = [f"{m} * ({x}) = {m * x}.", f"{m * x} {signed(b)} = {y}."]
    return number(
        f"What is y on the line y = {m}x {signed(b)} when x is {say(x)}?",
        y,
        [m * x - b, m + x + b, -y if y else 1],
        steps,
        f"x == {m} * ({x}) + {b}",
        "Put the number in the place of x.",
    )


def zero(rng: Random, _: int) -> Item:
    m, x = rng.choice([-4, -3, -2, 2, 3, 4, 5]), rng.choice([-1, 1]) * rng.randint(1, 6)
    b = -m * x
    steps = ["On the x-axis, y is 0.", f"{m}x = {-b}, so x = {x}."]
    return number(
        f"Where does the line y = {m}x {signed(b)} meet the x-axis? Give x.",
        x,
        [b, -x, m],
        steps,
        f"{m} * x + {b} == 0",
        "Solve y = 0.",
    )


def equation(rng: Random, _: int) -> Item:
    m, b = rng.choice([-4, -3, -2, 2, 3, 4]), rng.choice([-1, 1]) * rng.randint(1, 9)
    x = rng.randint(1, 4)
    prompt = rng.choice(
        [
            f"Which line has the slope {say(m)} and passes through (0, {say(b)})?",
            f"Which line has the slope {say(m)} and passes through ({x}, {say(m * x + b)})?",
        ]
    )
    steps = ["A line is y = (slope) * x + (start).", f"Here y = {m}x {signed(b)}."]
    mistakes = [
        f"y = {m}x {signed(-b)}",
        f"y = {term(b)} {signed(m)}",
        f"y = {-m}x {signed(b)}",
        f"y = {m}x {signed(b + 1) if b != -1 else '+ 3'}",
    ]
    return choice(
        prompt, f"y = {m}x {signed(b)}", mistakes, steps, f"same {m}*x + {b}", "Test the point in each equation."
    )


def slopes_in_order(rng: Random, _: int) -> Item:
    rows = [(rng.randint(-6, 9), rng.randint(1, 6)) for _ in range(4)]
    return order(
        "Each slope is written as rise to run. Put them in order, the smallest first.",
        [(f"{a} to {b}", Fraction(a, b)) for a, b in rows],
        "Falling lines have negative slopes.",
    )


# -- Systems of equations -------------------------------------------------------------------------
def sum_and_difference(rng: Random, _: int) -> Item:
    (one, two), small, gap = two_names(rng), rng.randint(3, 30), rng.randint(1, 15)
    total = 2 * small + gap
    prompt = rng.choice(
        [
            f"Two numbers add up to {total}. Their difference is {gap}. What is the larger one?",
            f"{one} and {two} have {total} cards together. {one} has {gap} more. How many has {one}?",
        ]
    )
    steps = [f"Add the equations: 2x = {total} + {gap} = {total + gap}.", f"x = {small + gap}."]
    return number(
        prompt,
        small + gap,
        [small, total - gap, small + gap + 1],
        steps,
        f"x - ({total} - x) == {gap}",
        "Add both equations, and one unknown is gone.",
    )


def substitute_line(rng: Random, scale: int) -> Item:
    m, x, b = rng.randint(2, 3 + scale), rng.randint(1, 4 + scale), rng.randint(-6, 6)
    y = m * x + b
    total = x + y
    steps = [f"Put y into the second: x + {m}x {signed(b)} = {total}.", f"{m + 1}x = {total - b}, so x = {x}."]
    prompt = f"Solve y = {m}x {signed(b)} and x + y = {total}. What is x?"
    return number(
        prompt,
        x,
        [y if y != x else x + 3, x + 1, total - b],
        steps,
        f"x + {m}*x + {b} == {total}",
        "Replace y by what it equals.",
    )


def eliminate(rng: Random, _: int) -> Item:
    x, y, a, b = rng.randint(-5, 8), rng.randint(1, 8), rng.randint(2, 5), rng.randint(2, 6)
    first, second = a * x + b * y, a * x - b * y
    steps = [f"Add both: {2 * a}x = {first + second}.", f"x = {x}."]
    prompt = f"Solve {a}x + {b}y = {first} and {a}x - {b}y = {second}. What is x?"
    return number(
        prompt,
        x,
        [y if y != x else x + 4, -x if x else 2, first + second],
        steps,
        f"{a}*x - ({first} - {a}*x) == {second}",
        "When you add the equations, y disappears.",
    )


def tickets(rng: Random, _: int) -> Item:
    adults, kids, price, less = rng.randint(3, 20), rng.randint(5, 30), rng.randint(8, 14), rng.randint(3, 6)
    total, money = adults + kids, adults * price + kids * less
    prompt = rng.choice(
        [
            f"{total} people pay ${money} for a show. Adults pay ${price}, children ${less}. How many adults are there?",
            f"A farm stand sells {total} baskets for ${money}: large ones at ${price}, small ones at ${less}. How many are large?",
        ]
    )
    steps = [
        f"If all were cheap: {total} * {less} = {total * less}. Missing: {money - total * less}.",
        f"Each large one adds {price - less}: {money - total * less} / {price - less} = {adults}.",
    ]
    return number(
        prompt,
        adults,
        [kids if kids != adults else kids + 1, total // 2, adults + 2],
        steps,
        f"{price} * x + {less} * ({total} - x) == {money}",
        "What would it cost if all paid the lower price?",
    )


def which_point(rng: Random, _: int) -> Item:
    x, y, a, b = rng.randint(-4, 6), rng.randint(-4, 6), rng.randint(1, 4), rng.randint(1, 4)
    first, second = a * x + y, x - b * y
    prompt = f"Two lines, {term(a)} + y = {first} and x - {term(b, 'y')} = {second}, meet in one point. There, y = ___"
    steps = [f"From the first: y = {first} - {term(a)}.", f"In the second that gives x = {x}, so y = {y}."]
    return fill(
        prompt,
        y,
        [x if x != y else x + 2, -y if y else 3, y + 1],
        steps,
        f"{a} * ({second} + {b} * x) + x == {first}",
        "Write one unknown with the help of the other.",
    )


def systems_count(rng: Random, _: int) -> Item:
    a, b, c, k = rng.randint(1, 5), rng.randint(1, 5), rng.randint(1, 9), rng.randint(2, 4)
    case = rng.randrange(3)
    second = [(a * k + 1, b * k, c * k), (a * k, b * k, c * k + 1), (a * k, b * k, c * k)][case]
    right = ["one", "none", "more than you can count"][case]
    values = {"one": 1, "none": 0, "more than you can count": 9, "exactly two": 2}
    prompt = f"How many solutions has this system? {term(a)} + {term(b, 'y')} = {c} and {term(second[0])} + {second[1]}y = {second[2]}"
    why = [
        "The lines have different slopes and cross once.",
        "The lines are parallel and never meet.",
        "Both equations describe the same line.",
    ][case]
    same_slope, same_line = f"({a}*{second[1]} == {second[0]}*{b})", f"({c}*{second[1]} == {second[2]}*{b})"
    claim = f"x == 1 - {same_slope} + 9 * {same_slope} * {same_line}"
    return choice(
        prompt,
        right,
        list(values),
        [f"Multiply the first by {k} and compare.", why],
        claim,
        "Are the lines equal, parallel or crossing?",
        values,
    )


def sums_of_values(rng: Random, _: int) -> Item:
    x, y = rng.randint(-3, 6), rng.randint(-3, 6)
    rows = [(rng.randint(1, 4), rng.randint(1, 4)) for _ in range(4)]
    return order(
        f"Each line adds a multiple of x = {say(x)} and one of y = {say(y)}. Put the sums in order, the smallest first.",
        [(f"{a} * ({say(x)}) + {b} * ({say(y)})", a * x + b * y) for a, b in rows],
        "Work out each value.",
    )


# -- Inequalities ---------------------------------------------------------------------------------
def a_solution(rng: Random, scale: int) -> Item:
    a, b, limit = rng.randint(2, 3 + scale), rng.randint(1, 9), rng.randint(2, 9)
    total = a * limit + b
    sign = rng.choice(["<", ">"])
    right = limit - rng.randint(1, 3) if sign == "<" else limit + rng.randint(1, 3)
    step = 1 if sign == "<" else -1
    steps = [f"{a}x {sign} {total - b}, so x {sign} {limit}.", f"{right} fits."]
    return choice(
        f"Which number solves {a}x + {b} {sign} {total}?",
        right,
        [limit, limit + step, limit + 3 * step, limit + 2 * step],
        steps,
        f"{a} * x + {b} {sign} {total}",
        "Solve it like an equation.",
    )


def largest(rng: Random, scale: int) -> Item:
    a, limit, b = rng.randint(2, 4 + scale), rng.randint(3, 12), rng.randint(1, 9)
    total = a * limit + b + rng.randint(0, a - 1)
    steps = [f"{a}x <= {total - b}, so x is at most {total - b}/{a}.", f"The largest whole number is {limit}."]
    claim = f"x == floor(({total} - {b}) / {a})"
    return number(
        f"What is the largest whole number x with {a}x + {b} <= {total}?",
        limit,
        [limit + 1, total - b, limit - 1],
        steps,
        claim,
        "Solve it, then round down.",
    )


def budget(rng: Random, _: int) -> Item:
    price, start, count, who = rng.randint(3, 12), rng.randint(5, 20), rng.randint(3, 15), name(rng)
    money = price * count + start + rng.randint(0, price - 1)
    prompt = rng.choice(
        [
            f"{who} has ${money}. Entry costs ${start}, each ride ${price}. How many rides are possible at most?",
            f"A box weighs {start} kg empty and holds books of {price} kg each. It may weigh {money} kg. How many books fit at most?",
        ]
    )
    steps = [f"{price}x + {start} <= {money}, so {price}x <= {money - start}.", f"x is at most {count}."]
    return number(
        prompt,
        count,
        [count + 1, money // price if money // price != count else count + 2, count - 1],
        steps,
        f"x == floor(({money} - {start}) / {price})",
        "Take away the fixed part first.",
    )


def flipped(rng: Random, _: int) -> Item:
    a, limit = rng.randint(2, 7), rng.choice([-1, 1]) * rng.randint(2, 9)
    sign, back = rng.choice([("<", ">"), (">", "<")])
    total = -a * limit
    values = {
        f"x {one} {say(number_)}": 10 * code + number_
        for code, one in enumerate(["<", ">"], 3)
        for number_ in (limit, -limit)
    }
    prompt = f"Solve -{a}x {sign} {total}."
    right = f"x {back} {say(limit)}"
    steps = [f"Divide both sides by -{a}. The sign turns around.", f"{right}."]
    code = 4 if back == ">" else 3
    claim = f"x == 10 * {code} + ({total}) / -{a}"
    return choice(
        prompt, right, list(values), steps, claim, "Dividing by a negative number turns the sign around.", values
    )


def smallest(rng: Random, _: int) -> Item:
    a, b, limit = rng.randint(2, 6), rng.randint(1, 12), rng.randint(2, 12)
    total = a * limit - b
    steps = [
        f"{a}x > {total} + {b} = {total + b}, so x > {limit}.",
        f"The first whole number above {limit} is {limit + 1}.",
    ]
    prompt = f"The smallest whole number x with {a}x - {b} > {total} is ___"
    return fill(
        prompt,
        limit + 1,
        [limit, limit + 2, total + b],
        steps,
        f"x == floor(({total} + {b}) / {a}) + 1",
        "The limit itself does not count.",
    )


def double(rng: Random, _: int) -> Item:
    low, gap = rng.randint(-6, 4), rng.randint(3, 9)
    a = rng.randint(2, 5)
    prompt = f"How many whole numbers x solve {say(a * low)} < {a}x < {say(a * (low + gap))}?"
    steps = [f"Divide by {a}: {low} < x < {low + gap}.", f"Those are {low + 1} to {low + gap - 1}: {gap - 1} numbers."]
    return number(
        prompt,
        gap - 1,
        [gap, gap + 1, a * gap],
        steps,
        f"x == {low + gap} - ({low}) - 1",
        "Divide all three parts, then count.",
    )


def limits_in_order(rng: Random, _: int) -> Item:
    rows = [(rng.randint(-20, 30), rng.randint(2, 7)) for _ in range(4)]
    return order(
        "x must be larger than each of these. Put them in order, the smallest first.",
        [(f"{a} / {b}", Fraction(a, b)) for a, b in rows],
        "Where does each lie on the number line?",
    )


SKILLS = (
    SkillPlan(
        "lines", "Lines and slopes", 9, (point_on, intercept), (slope, equation, zero), (zero, slopes_in_order, equation, slope),
    ),
    SkillPlan(
        "systems", "Systems of equations", 9, (sum_and_difference, substitute_line), (substitute_line, eliminate, tickets),
        (tickets, which_point, systems_count, sums_of_values),
    ),
    SkillPlan(
        "inequalities", "Inequalities", 9, (a_solution, largest), (largest, budget, smallest), (flipped, double, limits_in_order, budget),
    ),
)  # fmt: skip
