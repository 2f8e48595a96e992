"""Grade 3: multiplying, dividing, parts of a whole."""

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
    thing,
    two_names,
)

SIGNS = {"<": -1, "=": 0, ">": 1, "+": 9}
HOLDERS = (("bags", "bag"), ("boxes", "box"), ("jars", "jar"), ("rows", "row"), ("shelves", "shelf"))


# -- Multiplication -------------------------------------------------------------------------------
def groups(rng: Random, scale: int) -> Item:
    a, b, what = rng.randint(2, 4 + scale), rng.randint(2, 6 + scale), thing(rng)
    many, one = rng.choice(HOLDERS)
    story = rng.choice(
        [
            f"There are {a} {many} with {b} {what} each. How many {what} are there?",
            f"{name(rng)} fills {a} {many}. Each {one} gets {b} {what}. How many {what} is that?",
            f"One {one} holds {b} {what}. How many {what} do {a} {many} hold?",
        ]
    )
    steps = [f"{a} groups of {b}: {a} * {b}.", f"{a} * {b} = {a * b}."]
    return number(story, a * b, [a + b, a * b + b, a * b - b], steps, f"x == {a} * {b}", f"Count by {b}, {a} times.")


def fact(rng: Random, scale: int) -> Item:
    a, b = rng.randint(2, 4 + 2 * scale), rng.randint(2, 10)
    steps = [f"{a} * {b} is {b} added {a} times.", f"{a} * {b} = {a * b}."]
    return fill(
        f"{a} * {b} = ___",
        a * b,
        [a + b, a * b + a, a * b - b],
        steps,
        f"x == {a} * {b}",
        f"Start from {a} * {b - 1} = {a * (b - 1)} and add {a}.",
    )


def missing_factor(rng: Random, _: int) -> Item:
    a, b = rng.randint(3, 9), rng.randint(3, 10)
    steps = [f"Which number times {a} makes {a * b}?", f"{a} * {b} = {a * b}."]
    return fill(
        f"{a} * ___ = {a * b}",
        b,
        [a * b - a, b + 1, b - 1],
        steps,
        f"{a} * x == {a * b}",
        f"Count by {a} until you reach {a * b}.",
    )


def array(rng: Random, _: int) -> Item:
    a, b = rng.sample(range(3, 11), 2)
    prompt = rng.choice(
        [
            f"Chairs stand in {a} rows of {b}. How many chairs are there?",
            f"A garden has {a} rows with {b} plants in each. How many plants grow there?",
            f"A sheet of stickers has {a} rows of {b}. How many stickers is that?",
        ]
    )
    steps = [f"{a} rows of {b} are {a} * {b}.", f"{a} * {b} = {a * b}."]
    return number(
        prompt, a * b, [a + b, a * b + a, 2 * (a + b)], steps, f"x == {a} * {b}", "Add one row after the other."
    )


def buy_some(rng: Random, _: int) -> Item:
    a, b, c = rng.randint(3, 9), rng.randint(3, 9), rng.randint(2, 20)
    who, what = name(rng), thing(rng)
    prompt = f"{who} buys {a} packs of {b} {what} and already has {c}. How many {what} does {who} have now?"
    steps = [f"The packs hold {a} * {b} = {a * b}.", f"With the {c}: {a * b} + {c} = {a * b + c}."]
    return number(
        prompt,
        a * b + c,
        [a * b, a + b + c, a * (b + c)],
        steps,
        f"x == {a} * {b} + {c}",
        "First the packs, then the rest.",
    )


def products_in_order(rng: Random, _: int) -> Item:
    pairs = [(rng.randint(3, 9), rng.randint(3, 9)) for _ in range(4)]
    return order(rising(rng, "products"), [(f"{a} * {b}", a * b) for a, b in pairs], "Work out each product.")


def same_product(rng: Random, _: int) -> Item:
    right, other = rng.choice(
        [
            ((3, 8), (4, 6)),
            ((2, 9), (3, 6)),
            ((4, 9), (6, 6)),
            ((2, 10), (4, 5)),
            ((5, 8), (4, 10)),
            ((3, 4), (2, 6)),
            ((8, 2), (4, 4)),
            ((3, 10), (5, 6)),
            ((6, 4), (3, 8)),
        ]
    )
    a, b = other
    wrong = [f"{a} * {b + 1}", f"{a + 1} * {b + 1}", f"{right[0]} * {right[1] + 1}", f"{a} + {b}"]
    steps = [f"{a} * {b} = {a * b}.", f"{right[0]} * {right[1]} = {a * b}, too."]
    return choice(
        f"Which one is equal to {a} * {b}?",
        f"{right[0]} * {right[1]}",
        wrong,
        steps,
        f"x == {a} * {b}",
        "Work out each product.",
    )


# -- Division -------------------------------------------------------------------------------------
def share(rng: Random, scale: int) -> Item:
    b, each = rng.randint(2, 4 + scale), rng.randint(2, 5 + 2 * scale)
    total, what = b * each, thing(rng)
    story = rng.choice(
        [
            f"{b} friends share {total} {what} equally. How many does each friend get?",
            f"{name(rng)} puts {total} {what} into {b} equal groups. How many {what} are in one group?",
            f"{total} {what} go into {b} bags, the same number in each. How many go into one bag?",
        ]
    )
    steps = [
        f"{total} / {b}: which number times {b} makes {total}?",
        f"{each} * {b} = {total}, so {total} / {b} = {each}.",
    ]
    return number(story, each, [total - b, each + 1, b], steps, f"x * {b} == {total}", f"Think of the {b} times table.")


def quotient(rng: Random, scale: int) -> Item:
    b, c = rng.randint(2, 5 + scale), rng.randint(2, 10)
    steps = [f"Think: ___ * {b} = {b * c}.", f"{c} * {b} = {b * c}, so the answer is {c}."]
    return fill(
        f"{b * c} / {b} = ___",
        c,
        [c + 1, b * c - b, c - 1],
        steps,
        f"x * {b} == {b * c}",
        f"Count by {b} up to {b * c}.",
    )


def how_many_groups(rng: Random, _: int) -> Item:
    b, c, what = rng.randint(3, 9), rng.randint(3, 10), thing(rng)
    prompt = f"{name(rng)} has {b * c} {what} and puts {b} into each box. How many boxes get full?"
    steps = [f"How many times does {b} fit into {b * c}?", f"{b * c} / {b} = {c}."]
    return number(prompt, c, [b, c + 1, b * c - b], steps, f"{b} * x == {b * c}", f"Count by {b}.")


def left_over(rng: Random, _: int) -> Item:
    b, c = rng.randint(3, 9), rng.randint(3, 9)
    rest, what = rng.randint(1, b - 1), thing(rng)
    total = b * c + rest
    prompt = rng.choice(
        [
            f"{total} {what} are shared equally among {b} children. How many are left over?",
            f"What is the remainder of {total} / {b}?",
            f"{name(rng)} packs {total} {what} in boxes of {b}. How many do not fit into a full box?",
        ]
    )
    steps = [f"The largest multiple of {b} up to {total} is {b * c}.", f"{total} - {b * c} = {rest}."]
    return number(
        prompt,
        rest,
        [c, b - rest, rest + 1],
        steps,
        f"x == {total} % {b}",
        f"Find the largest number of the {b} times table that fits.",
    )


def round_up(rng: Random, _: int) -> Item:
    seats, trips = rng.randint(4, 9), rng.randint(2, 7)
    people = seats * trips + rng.randint(1, seats - 1)
    what = rng.choice(["boat", "van", "table", "tent", "cabin"])
    prompt = f"One {what} has room for {seats} people. How many {what}s do {people} people need?"
    steps = [f"{trips} {what}s hold {seats * trips} people, which is not enough.", f"So they need {trips + 1}."]
    claim = f"x == ceil({people} / {seats})"
    return number(
        prompt,
        trips + 1,
        [trips, people - seats, trips + 2],
        steps,
        claim,
        "Everyone needs a place, the last ones, too.",
    )


def missing_dividend(rng: Random, _: int) -> Item:
    b, c = rng.randint(3, 9), rng.randint(3, 9)
    steps = ["Multiplying undoes dividing.", f"{c} * {b} = {b * c}."]
    return fill(
        f"___ / {b} = {c}", b * c, [b + c, b * c + b, c - 1], steps, f"x / {b} == {c}", "Go backwards: multiply."
    )


def quotients_in_order(rng: Random, _: int) -> Item:
    pairs = [(rng.randint(2, 9), rng.randint(2, 10)) for _ in range(4)]
    parts = [(f"{b * c} / {b}", c) for b, c in pairs]
    return order(rising(rng, "results"), parts, "Work out each one. The first number alone does not tell.")


# -- Parts of a whole -----------------------------------------------------------------------------
def part_of_group(rng: Random, scale: int) -> Item:
    d = rng.randint(3, 5 + 2 * scale)
    n = rng.randint(1, d - 1)
    what = rng.choice(["pizza", "cake", "ribbon", "garden bed", "chocolate bar", "sheet of paper"])
    prompt = rng.choice(
        [
            f"A {what} is cut into {d} equal parts. {name(rng)} takes {n}. Which fraction is that?",
            f"{n} of the {d} equal parts of a {what} are colored. Which fraction is colored?",
        ]
    )
    right = f"{n}/{d}"
    mistakes = [f"{n}/{d - n}", f"{d}/{n}", f"{d - n}/{d}", f"{n}/{d + 1}"]
    steps = [f"The whole has {d} equal parts: the denominator is {d}.", f"{n} of them count: the fraction is {n}/{d}."]
    return choice(
        prompt, right, mistakes, steps, f"x == {n}/{d}", "The bottom number says how many equal parts the whole has."
    )


def compare_parts(rng: Random, scale: int) -> Item:
    if rng.random() < 0.5:
        d = rng.randint(4, 6 + 2 * scale)
        (a, b), (c, e) = rng.sample(range(1, d), 2), (d, d)
        why = "The parts are equally large, so more parts are more."
    else:
        a = b = rng.randint(1, 2 + scale)
        c, e = rng.sample(range(a + 1, a + 8), 2)
        why = "Equally many parts: the larger the denominator, the smaller each part."
    sign = "<" if Fraction(a, c) < Fraction(b, e) else ">"
    steps = [why, f"{a}/{c} {sign} {b}/{e}."]
    prompt = f"Which sign belongs in the gap? {a}/{c} ___ {b}/{e}"
    return choice(
        prompt, sign, ["<", ">", "=", "+"], steps, f"x == sign({a}/{c} - {b}/{e})", "Picture two equal pizzas.", SIGNS
    )


def equal_parts(rng: Random, scale: int) -> Item:
    d, k = rng.randint(2, 4 + scale), rng.randint(2, 3 + scale)
    n = rng.randint(1, d - 1)
    steps = [f"{d} * {k} = {d * k}: each part is cut into {k}.", f"So the top is {n} * {k} = {n * k}."]
    claim = f"x / {d * k} == {n}/{d}"
    hint = f"What do you multiply {d} by to get {d * k}?"
    return fill(f"{n}/{d} = ___/{d * k}", n * k, [n + k, n, n * k + 1], steps, claim, hint)


def to_whole(rng: Random, _: int) -> Item:
    d = rng.randint(4, 12)
    n = rng.randint(1, d - 1)
    who, what = name(rng), rng.choice(["a pie", "a book", "the trail", "a puzzle", "the wall", "the homework"])
    prompt = f"{who} has finished {n}/{d} of {what}. Which fraction is left?"
    steps = [f"The whole is {d}/{d}.", f"{d}/{d} - {n}/{d} = {d - n}/{d}."]
    return number(
        prompt,
        f"{d - n}/{d}",
        [f"{n}/{d}", f"{d - n}/{n + d}", f"{n}/{d - n}", f"{d}/{n}"],
        steps,
        f"x + {n}/{d} == 1",
        "How much makes it whole?",
    )


def fractions_in_order(rng: Random, scale: int) -> Item:
    if scale == 3 or rng.random() < 0.5:
        n = rng.randint(1, 3)
        parts = [(f"{n}/{d}", Fraction(n, d)) for d in rng.sample(range(n + 1, 13), 4)]
        why = "With equal tops, the larger the bottom, the smaller the fraction."
    else:
        d = rng.randint(6, 12)
        parts = [(f"{n}/{d}", Fraction(n, d)) for n in rng.sample(range(1, d), 4)]
        why = "With equal bottoms, compare the tops."
    return order(rising(rng, "fractions"), parts, "How large is one part?", why)


def group_share(rng: Random, _: int) -> Item:
    d, each, what = rng.choice([2, 3, 4, 5, 6, 8]), rng.randint(2, 7), thing(rng)
    one, two = two_names(rng)
    prompt = rng.choice(
        [
            f"{one} gives {two} 1/{d} of {d * each} {what}. How many {what} does {two} get?",
            f"1/{d} of the {d * each} children in a class walk to school. How many walk?",
        ]
    )
    steps = [f"1/{d} of {d * each} means {d * each} / {d}.", f"{d * each} / {d} = {each}."]
    return number(prompt, each, [d * each - d, each + 1, d], steps, f"x * {d} == {d * each}", f"Make {d} equal groups.")


SKILLS = (
    SkillPlan(
        "multiplication", "Multiplication", 3, (groups, fact), (array, missing_factor, fact, groups),
        (buy_some, products_in_order, same_product, missing_factor),
    ),
    SkillPlan(
        "division", "Division", 3, (share, quotient), (how_many_groups, missing_dividend, quotient, left_over),
        (left_over, round_up, quotients_in_order),
    ),
    SkillPlan(
        "parts-of-a-whole", "Parts of a whole", 3, (part_of_group, compare_parts, group_share),
        (equal_parts, to_whole, compare_parts, part_of_group), (fractions_in_order, equal_parts, to_whole),
    ),
)  # fmt: skip
