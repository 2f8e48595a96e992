"""Grade 11: sequences, functions, logarithms."""

from fractions import Fraction
from random import Random

from viral_engine.learning.bank.math.claims import as_expression, evaluate
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
    tidy,
)


# -- Sequences ------------------------------------------------------------------------------------
def next_term(rng: Random, scale: int) -> Item:
    if rng.random() < 0.5:
        a, d = rng.randint(-9, 20), rng.choice([-1, 1]) * rng.randint(2, 6 * scale)
        shown = [a + d * place for place in range(4)]
        steps, claim = (
            [f"Each number is {abs(d)} {'more' if d > 0 else 'less'} than the one before."],
            f"x == {shown[2]} + ({d})",
        )
    else:
        a, d = rng.randint(1, 5), rng.choice([-3, -2, 2, 3, 4])
        shown = [a * d**place for place in range(4)]
        steps, claim = [f"Each number is {d} times the one before."], f"x == ({shown[2]}) * ({d})"
    right = shown[3]
    text = ", ".join(say(one) for one in shown[:3])
    return fill(
        f"{text}, ___",
        right,
        [right + 1, -right, 2 * shown[2] - shown[1] + 2],
        [*steps, f"The next one is {right}."],
        claim,
        "What happens from one number to the next?",
    )


def arithmetic(rng: Random, _: int) -> Item:
    a, d, n = rng.randint(-5, 20), rng.choice([-4, -3, -2, 2, 3, 4, 5, 6, 7]), rng.randint(8, 40)
    right = a + (n - 1) * d
    prompt = rng.choice(
        [
            f"A sequence starts with {say(a)} and changes by {say(d)} each time. What is its term number {n}?",
            f"What is term number {n} of {say(a)}, {say(a + d)}, {say(a + 2 * d)}, ...?",
        ]
    )
    steps = [f"From the first to number {n} are {n - 1} steps of {d}.", f"{a} {signed((n - 1) * d)} = {right}."]
    return number(
        prompt,
        right,
        [a + n * d, n * d, right - 2 * d],
        steps,
        f"x == {a} + ({n} - 1) * ({d})",
        "Count the steps, not the terms.",
    )


def geometric(rng: Random, _: int) -> Item:
    a, q, n = rng.randint(1, 6), rng.choice([-2, 2, 3, 4]), rng.randint(4, 7)
    right = a * q ** (n - 1)
    prompt = rng.choice(
        [
            f"A sequence starts with {a} and is multiplied by {say(q)} each time. What is its term number {n}?",
            f"What is term number {n} of {a}, {say(a * q)}, {say(a * q * q)}, ...?",
        ]
    )
    steps = [f"It is multiplied {n - 1} times: {a} * ({q})^{n - 1}.", f"That is {right}."]
    return number(
        prompt,
        right,
        [a * q**n, a + (n - 1) * q, -right],
        steps,
        f"x == {a} * ({q})**({n} - 1)",
        "How many times is it multiplied?",
    )


def arithmetic_sum(rng: Random, _: int) -> Item:
    a, d, n = rng.randint(1, 9), rng.randint(1, 5), 2 * rng.randint(3, 15)
    last = a + (n - 1) * d
    right = n * (a + last) // 2
    prompt = rng.choice(
        [
            f"What is the sum of the first {n} terms of {a}, {a + d}, {a + 2 * d}, ...?",
            f"A hall has {n} rows. The first has {a} seats, each later one {d} more. How many seats are there?",
        ]
    )
    steps = [f"The last term is {last}. First and last make {a + last}.", f"There are {n // 2} such pairs: {right}."]
    return number(
        prompt,
        right,
        [n * (a + last), right - last, right + n],
        steps,
        f"2 * x == {n} * (2*{a} + ({n} - 1) * {d})",
        "Pair the first with the last.",
    )


def find_difference(rng: Random, _: int) -> Item:
    a, d, n = rng.randint(-6, 12), rng.choice([-5, -3, -2, 2, 3, 4, 6, 7]), rng.randint(4, 11)
    prompt = f"The first term is {say(a)}, term number {n} is {say(a + (n - 1) * d)}, and the steps are equal. Each step is ___"
    steps = [f"{n - 1} steps make {(n - 1) * d}.", f"{(n - 1) * d} / {n - 1} = {d}."]
    return fill(
        prompt,
        d,
        [-d, d + 1, (n - 1) * d],
        steps,
        f"{a} + ({n} - 1) * x == {a + (n - 1) * d}",
        "How many steps are between them?",
    )


def saving(rng: Random, _: int) -> Item:
    a, q, n = rng.randint(1, 5), 2, rng.randint(4, 9)
    right = a * (q**n - 1)
    prompt = f"{name(rng)} saves ${a} in the first week and twice as much each week as in the week before. How many dollars are that in {n} weeks together?"
    steps = [f"The sum of {n} doublings is {a} * (2^{n} - 1).", f"{a} * {q**n - 1} = {right}."]
    return number(
        prompt,
        right,
        [a * q**n, a * q ** (n - 1), a * n * (n + 1) // 2],
        steps,
        f"x == {a} * (2**{n} - 1)",
        "1 + 2 + 4 is one less than 8.",
    )


def terms_in_order(rng: Random, _: int) -> Item:
    a, n = rng.randint(1, 4), rng.randint(3, 5)
    rows = [(f"{a} + {n} * {d}", a + n * d) for d in rng.sample(range(2, 20), 2)] + [
        (f"{a} * {q}^{n - 1}", a * q ** (n - 1)) for q in rng.sample(range(2, 5), 2)
    ]
    return order(
        "Terms of four sequences are written out. Put them in order, the smallest first.",
        rows,
        "Powers first, then times, then plus.",
    )


# -- Functions ------------------------------------------------------------------------------------
def value(rng: Random, scale: int) -> Item:
    a, b, c, x = (
        rng.randint(1, scale + 1),
        rng.choice([-1, 1]) * rng.randint(1, 6),
        rng.randint(-9, 9),
        rng.randint(-5, 6),
    )
    right = a * x * x + b * x + c
    steps = [f"f({x}) = {a} * {x * x} {signed(b * x)} {signed(c)}.", f"That is {right}."]
    first = term(a, "x^2")
    sign = "+" if b > 0 else "-"
    return number(
        f"f(x) = {first} {sign} {term(abs(b))} {signed(c)}. What is f({say(x)})?",
        right,
        [a * x * x - b * x + c, right + 2 * x if x else right + 1, a * 2 * x + b * x + c],
        steps,
        f"x == {a}*({x})*({x}) + ({b})*({x}) + ({c})",
        "Put the number in every place of x.",
    )


def composed(rng: Random, _: int) -> Item:
    a, b, c, x = rng.randint(2, 5), rng.randint(-6, 6), rng.randint(-4, 4), rng.randint(-3, 5)
    inner = x * x + c
    right = a * inner + b
    outer = a * x + b
    steps = [f"Inside first: g({x}) = {inner}.", f"Then f({inner}) = {right}."]
    prompt = f"f(x) = {a}x {signed(b)} and g(x) = x^2 {signed(c)}. What is f(g({say(x)}))?"
    return number(
        prompt,
        right,
        [outer * outer + c, outer * inner, outer + inner],
        steps,
        f"x == {a} * (({x})*({x}) + ({c})) + ({b})",
        "Work from the inside out.",
    )


def inverse_value(rng: Random, _: int) -> Item:
    a, b, x = rng.randint(2, 9), rng.choice([-1, 1]) * rng.randint(1, 12), rng.randint(-6, 9)
    y = a * x + b
    prompt = rng.choice(
        [
            f"f(x) = {a}x {signed(b)}. For which x is f(x) = {say(y)}?",
            f"f(x) = {a}x {signed(b)}, and g undoes f. What is g({say(y)})?",
        ]
    )
    steps = [f"Solve {a}x {signed(b)} = {y}.", f"{a}x = {y - b}, so x = {x}."]
    return number(
        prompt, x, [a * y + b, y - b, -x if x else 2], steps, f"{a} * x + ({b}) == {y}", "Go backwards from the result."
    )


def inverse_formula(rng: Random, _: int) -> Item:
    a, b = rng.randint(2, 9), rng.choice([-1, 1]) * rng.randint(1, 12)
    right = f"(x {signed(-b)})/{a}"
    mistakes = [f"(x {signed(b)})/{a}", f"x/{a} {signed(-b)}", f"{a}(x {signed(-b)})", f"{a}x {signed(-b)}"]
    steps = [f"f multiplies by {a} and then adds {b}.", f"Backwards: subtract {b}, then divide by {a}."]
    return choice(
        f"Which function undoes f(x) = {a}x {signed(b)}?",
        right,
        mistakes,
        steps,
        f"same (x - ({b})) / {a}",
        "Undo the last step first.",
    )


def shifted(rng: Random, _: int) -> Item:
    h, k = rng.choice([-1, 1]) * rng.randint(1, 7), rng.choice([-1, 1]) * rng.randint(1, 9)
    right = f"x^2 {signed(k)}"
    way = f"{abs(k)} {'up' if k > 0 else 'down'}"
    if rng.random() < 0.5:
        way = f"{abs(h)} to the {'right' if h > 0 else 'left'} and {way}"
        right = f"(x {signed(-h)})^2 {signed(k)}"
        mistakes = [
            f"(x {signed(h)})^2 {signed(k)}",
            f"(x {signed(-h)})^2 {signed(-k)}",
            f"x^2 {signed(h + k)}",
            f"(x {signed(k)})^2 {signed(h)}",
        ]
        claim = f"same (x - ({h})) * (x - ({h})) + ({k})"
    else:
        mistakes = [f"(x {signed(k)})^2", f"x^2 {signed(-k)}", f"(x {signed(-k)})^2", f"{abs(k) + 1}x^2"]
        claim = f"same x*x + ({k})"
    steps = ["Moving up adds to the result; moving to the right subtracts from x.", f"The result is y = {right}."]
    return choice(
        f"The graph of y = x^2 moves {way}. What is its new formula?",
        f"y = {right}",
        [f"y = {one}" for one in mistakes],
        steps,
        claim,
        "Where is the lowest point now?",
    )


def rate(rng: Random, _: int) -> Item:
    a, b = rng.randint(1, 4), rng.randint(-5, 5)
    x1 = rng.randint(-3, 3)
    x2 = x1 + rng.randint(1, 4)
    f1, f2 = a * x1 * x1 + b, a * x2 * x2 + b
    right = (f2 - f1) // (x2 - x1)
    prompt = f"f(x) = {term(a, 'x^2')} {signed(b)}. Between x = {say(x1)} and x = {say(x2)}, f changes by ___ per unit on average."
    steps = [f"f({x2}) - f({x1}) = {f2} - ({f1}) = {f2 - f1}.", f"{f2 - f1} / {x2 - x1} = {right}."]
    return fill(
        prompt,
        right,
        [f2 - f1 if x2 - x1 > 1 else right + 2, 2 * a * x1 if 2 * a * x1 != right else right - 1, right + a],
        steps,
        f"x * ({x2} - ({x1})) == {f2} - ({f1})",
        "Change of f divided by change of x.",
    )


def outputs_in_order(rng: Random, _: int) -> Item:
    x = rng.choice([-3, -2, -1, 2, 3])
    parts = [
        (f"{rng.randint(2, 9)}x", 0), (f"x^2 {signed(rng.choice([-8, -2, 3, 5]))}", 0), (f"x^3 {signed(rng.choice([-4, 1, 6]))}", 0),
        (f"{rng.randint(2, 4)}x^2", 0),
    ]  # fmt: skip
    valued = [(text, evaluate(as_expression(tidy(text)), Fraction(x))) for text, _ in parts]
    return order(
        f"These are four functions of x. Sort their values at x = {say(x)}, the smallest first.",
        valued,
        "Powers first.",
        x=x,
    )


# -- Logarithms -----------------------------------------------------------------------------------
BASES = (2, 3, 4, 5, 6, 7, 10)


def logarithm(rng: Random, scale: int) -> Item:
    b = rng.choice(BASES)
    n = rng.randint(1, 10 if b == 2 else 4 if b < 7 else 3)
    if scale == 3:
        n = -rng.randint(1, 4)
    shown = str(b**n) if n > 0 else f"1/{b**-n}"
    prompt = rng.choice(
        [f"What is log base {b} of {shown}?", f"{b} to which power is {shown}?", f"Solve {b}^x = {shown}. What is x?"]
    ).replace("^x", " to the power x")
    steps = [f"Ask: {b} to which power makes {shown}?", f"{b}^{n} = {shown}, so it is {n}."]
    return number(
        prompt,
        n,
        [-n, n + 1, n + 2, b],
        steps,
        f"x == floor(x) and {b}**x == {Fraction(b) ** n}",
        f"Multiply {b} by itself until you get there.",
    )


def log_rule(rng: Random, _: int) -> Item:
    b, m, n = rng.choice([2, 3, 5, 10]), rng.randint(2, 7), rng.randint(2, 7)
    sign, right = rng.choice([("times", m + n), ("divided by", m - n)])
    prompt = f"log base {b} of M is {m}, and log base {b} of N is {n}. What is log base {b} of M {sign} N?"
    steps = [
        "Multiplying adds logarithms, dividing subtracts them.",
        f"{m} {'+' if sign == 'times' else '-'} {n} = {right}.",
    ]
    claim = f"x == floor(x) and {b}**x == {b}**{m} {'*' if sign == 'times' else '/'} {b}**{n}"
    return number(
        prompt,
        right,
        [m * n, m + n if sign != "times" else m - n, Fraction(m, n)],
        steps,
        claim,
        f"M is {b} to the power {m}.",
    )


def log_power(rng: Random, _: int) -> Item:
    b, m, k = rng.choice([2, 3, 5, 10]), rng.randint(2, 6), rng.randint(2, 5)
    steps = [f"M = {b}^{m}, so M^{k} = {b}^{m * k}.", f"The logarithm is {k} * {m} = {m * k}."]
    return fill(
        f"log base {b} of M is {m}. Then log base {b} of M^{k} is ___",
        m * k,
        [m + k, m**k, m * k + 1],
        steps,
        f"x == {k} * {m}",
        "The power comes to the front as a factor.",
    )


def argument(rng: Random, _: int) -> Item:
    b, n = rng.choice([2, 3, 4, 5, 10]), rng.randint(2, 4)
    prompt = rng.choice(
        [f"log base {b} of x is {n}. What is x?", f"Which number has the logarithm {n} to the base {b}?"]
    )
    steps = [f"x is {b} to the power {n}.", f"{b}^{n} = {b**n}."]
    return number(prompt, b**n, [b * n + 1, n**b, b ** (n + 1)], steps, f"x == {b}**{n}", "Write it as a power.")


def doubling(rng: Random, _: int) -> Item:
    start, n, k = rng.randint(1, 9) * 10, rng.randint(3, 9), rng.choice([2, 3])
    word = {2: "doubles", 3: "triples"}[k]
    what, unit = rng.choice([("A colony of bacteria", "hours"), ("A rumor", "days"), ("A plant in a pond", "weeks")])
    prompt = f"{what} {word} every {unit[:-1]}. It starts at {start}. After how many {unit} is it at {start * k**n}?"
    steps = [f"{start * k**n} / {start} = {k**n}.", f"{k}^{n} = {k**n}, so it takes {n} {unit}."]
    return number(
        prompt,
        n,
        [k**n, n + 1, n * k],
        steps,
        f"x == floor(x) and {start} * {k}**x == {start * k**n}",
        "How many times as large is it?",
    )


def log_neighbours(rng: Random, _: int) -> Item:
    b = rng.choice([2, 3, 5, 10])
    n = rng.randint(1, 7 if b == 2 else 3)
    value_ = rng.randint(b**n + 1, b ** (n + 1) - 1)
    prompt = f"log base {b} of {value_} lies between which whole number and the next? Give the smaller one."
    steps = [f"{b}^{n} = {b**n} and {b}^{n + 1} = {b ** (n + 1)}.", f"{value_} lies between them."]
    return number(
        prompt,
        n,
        [n + 1, n + 2, value_ // b],
        steps,
        f"x == floor(x) and {b}**x < {value_} < {b}**(x + 1)",
        f"Which powers of {b} are near?",
    )


def powers_in_order(rng: Random, _: int) -> Item:
    rows = [(rng.choice([2, 3, 4, 5]), rng.randint(-2, 4)) for _ in range(4)]
    return order(
        rising(rng, "powers"), [(f"{b}^{n}", Fraction(b) ** n) for b, n in rows], "A negative power is a fraction."
    )


SKILLS = (
    SkillPlan(
        "sequences", "Sequences", 11, (next_term, arithmetic), (arithmetic, geometric, find_difference), (arithmetic_sum, saving, geometric, terms_in_order),
    ),
    SkillPlan(
        "functions", "Functions", 11, (value, inverse_value), (composed, inverse_value, shifted, value), (inverse_formula, rate, outputs_in_order, composed),
    ),
    SkillPlan(
        "logarithms", "Logarithms", 11, (logarithm, argument), (log_rule, log_power, logarithm), (doubling, log_neighbours, logarithm, powers_in_order),
    ),
)  # fmt: skip
